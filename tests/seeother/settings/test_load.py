# SPDX-License-Identifier: Apache-2.0
"""A document and an environment become settings, or one error that names the key and the cure."""

import tempfile
from collections.abc import Collection
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.errors import SettingsError
from seeother.policy import AfterFinish
from seeother.settings import (
    ALL_SECTIONS,
    GUARD_SECTIONS,
    PROXY_SECTIONS,
    SETTINGS,
    WATCH_SECTIONS,
    Mode,
    Setting,
    Settings,
    SiteSettings,
    load_settings,
    read_settings,
)

STEP = {"name": "cart", "on": ["POST /cart"]}
MANY_STEPS = [{"name": f"step-{number}", "on": [f"POST /{number}"]} for number in range(65)]
PATIENT = {"step": [STEP], "abandoned_after": "4d", "timeout": "5d"}


def refusal(
    document: dict[str, Any], environ: dict[str, str] | None = None, sections: Collection[str] = ALL_SECTIONS
) -> SettingsError:
    """The error that a document is refused with."""
    with pytest.raises(SettingsError) as caught:
        read_settings(document, environ or {}, sections)
    return caught.value


SINGLE = [  # what a variable of its own overrides
    setting
    for setting in SETTINGS
    if setting.section in {"site", "ledger", "telemetry", "watch", "proxy"} and not setting.planned
]
IDS = [f"{setting.section}.{setting.name}" for setting in SINGLE]


@pytest.mark.parametrize("setting", SINGLE, ids=IDS)
def test_environment_overrides_every_setting(setting: Setting) -> None:
    """A bad value in the environment is found although the file has a good one."""
    document = {setting.section: {setting.name: "a value that is never looked at"}}

    error = refusal(document, {f"SEEOTHER_{setting.section}_{setting.name}".upper(): ""})

    assert (error.key, error.value) == (f"{setting.section}.{setting.name}", "")


def test_environment_wins_over_the_file() -> None:
    """One container image, many environments."""
    document = {
        "site": {"mode": "repair", "secrets": ["f" * 16]},
        "watch": {"port": 1},
        "journey": {"my-checkout": {"step": [STEP], "timeout": "2h"}},
    }
    environ = {
        "SEEOTHER_SITE_MODE": "observe",
        "SEEOTHER_SITE_SECRETS": "env:A,env:B",
        "A": "a" * 16,
        "B": "b" * 16,
        "SEEOTHER_SITE_TRUSTED_SERVICES": "127.0.0.1, 10.0.0.0/8",
        "SEEOTHER_WATCH_PORT": "9000",
        "SEEOTHER_TELEMETRY_SERVICE": "storefront",
        "SEEOTHER_JOURNEY_MY_CHECKOUT_ABANDONED_AFTER": "20s",
        "SEEOTHER_JOURNEY_MY_CHECKOUT_TIMEOUT": "90m",
    }

    settings = read_settings(document, environ)

    networks = (ip_network("127.0.0.1/32"), ip_network("10.0.0.0/8"))
    assert settings.site == SiteSettings(Mode.OBSERVE, None, ("a" * 16, "b" * 16), trusted_services=networks)
    assert settings.watch.port == 9000
    assert settings.telemetry.service == "storefront"
    assert settings.journeys[0].abandoned_after == timedelta(seconds=20)
    assert settings.journeys[0].timeout == timedelta(minutes=90)


BROKEN: dict[str, Any] = {
    "site": {"mode": "loud", "sekrets": []},
    "route": [{}],
    "ledger": 5,
    "telemetry": {"endpoint": "nowhere"},
    "journey": {"j": {}},
    "watch": {"port": "x"},
    "proxy": {"port": "x"},
    "upstream": [{}],
    "alerts": {"notify_whom": 1},
}


@pytest.mark.parametrize("section", sorted(ALL_SECTIONS))
def test_section_is_validated_only_where_it_is_read(section: str) -> None:
    """Whoever watches needs no secret of whoever signs, and the other way round."""
    others = ALL_SECTIONS - {section}

    assert read_settings({section: BROKEN[section]}, {}, others) == Settings()
    assert refusal({section: BROKEN[section]}, {}, {section}).key.startswith(section)


@pytest.mark.parametrize("setting", SINGLE, ids=IDS)
def test_environment_of_a_section_that_is_not_read_is_left_alone(setting: Setting) -> None:
    """Two programs share an environment, not their mistakes."""
    environ = {f"SEEOTHER_{setting.section}_{setting.name}".upper(): ""}

    assert read_settings({}, environ, ALL_SECTIONS - {setting.section}) == Settings()


def test_any_variable_may_be_referred_to() -> None:
    """`env:` reads the variable that it names, even one that looks like another section's override."""
    environ = {"SEEOTHER_WATCH_SECRET": "w" * 16}

    settings = read_settings({"site": {"secrets": ["env:SEEOTHER_WATCH_SECRET"]}}, environ, GUARD_SECTIONS)

    assert settings.site.secrets == ("w" * 16,)


def test_sections_of_guard_and_watch_are_all_there_are() -> None:
    """Nobody's section is forgotten, and a step is known to both."""
    assert PROXY_SECTIONS | WATCH_SECTIONS == ALL_SECTIONS
    assert GUARD_SECTIONS < PROXY_SECTIONS
    assert {"journey"} == GUARD_SECTIONS & WATCH_SECTIONS


@pytest.mark.parametrize(
    ("document", "key", "cure"),
    [
        ({"sight": {}}, "sight", "did you mean site?"),
        ({"site": {"secret": "hunter2hunter2hunter2"}}, "site.secret", "did you mean secrets?"),
        ({"watch": {"xyz": 1}}, "watch.xyz", "known here: cluster, folder, host, hosts, ingest_keys, journey_id, keep"),
        ({"route": [{"match": "POST /a", "in_flght": "wait"}]}, "route[0].in_flght", "did you mean in_flight?"),
        ({"journey": {"j": {"step": [STEP | {"onn": []}]}}}, "journey.j.step[0].onn", "did you mean on?"),
        ({"journey": {"j": {"step": [STEP], "time": "1h"}}}, "journey.j.time", "did you mean timeout?"),
        ({"journey": {"j": {"step": [STEP], "slo": {"sucess": 1}}}}, "journey.j.slo.sucess", "did you mean success?"),
    ],
)
def test_unknown_key_is_named_with_what_may_be_meant(document: dict[str, Any], key: str, cure: str) -> None:
    """A typo is not silently without effect, and its value, which may be a secret, is not shown."""
    error = refusal(document)

    assert error.key == key
    assert cure in error.cure
    assert "hunter2" not in str(error)


@pytest.mark.parametrize(
    ("document", "key", "cure"),
    [
        ({"site": 5}, "site", "[site]"),
        ({"site": [{}]}, "site", "[site]"),
        ({"route": {}}, "route", "[[route]]"),
        ({"route": [5]}, "route", "[[route]]"),
        ({"journey": []}, "journey", "[journey]"),
        ({"journey": {"j": 5}}, "journey.j", "[journey.j]"),
        ({"journey": {"j": {"step": {}}}}, "journey.j.step", "[[journey.j.step]]"),
        ({"journey": {"j": {"step": [STEP], "slo": 5}}}, "journey.j.slo", "[journey.j.slo]"),
        ({"route": [{}]}, "route[0].match", "is needed"),
        ({"route": [{"match": "POST /a"}, {"kind": "action"}]}, "route[1].match", "is needed"),
        ({"journey": {"j": {}}}, "journey.j.step", "[[journey.j.step]]"),
        ({"journey": {"j": {"step": []}}}, "journey.j.step", "[[journey.j.step]]"),
        ({"journey": {"j": {"step": [{"name": "cart"}]}}}, "journey.j.step[0].on", "is needed"),
        ({"journey": {"j": {"step": [STEP | {"on": []}]}}}, "journey.j.step[0].on", "is needed"),
        ({"journey": {"j": {"step": [{"on": ["GET /"]}]}}}, "journey.j.step[0].name", "is needed"),
        ({"journey": {"j": {"step": [STEP, STEP]}}}, "journey.j.step.name", "a name of its own"),
        ({"journey": {"a/b": {"step": [STEP]}}}, "journey", "letters, digits"),
        ({"journey": {"": {"step": [STEP]}}}, "journey", "letters, digits"),
        ({"journey": {"j": {"step": [STEP], "abandoned_after": "999ms"}}}, "journey.j.abandoned_after", "at least 1s"),
        ({"journey": {"j": {"step": [STEP], "timeout": "29m"}}}, "journey.j.timeout", "journey.j.abandoned_after"),
        ({"journey": {"j": {"step": [STEP], "abandoned_after": "25h"}}}, "journey.j.timeout", "which is 1 day, 1:00"),
        ({"journey": {"j": {"step": [STEP], "timeout": "3651d"}}}, "journey.j.timeout", "at most 3650d"),
        ({"journey": {"j": {"step": MANY_STEPS}}}, "journey.j.step", "at most 64"),
        ({"watch": {"keep": "119m"}}, "watch.keep", "at least 2:00"),
        ({"journey": {"j": PATIENT}, "watch": {"keep": "7d"}}, "watch.keep", "at least 8 days"),
        (
            {"route": [{"match": "POST /orders/{id}"}, {"match": "GET /a"}, {"match": "POST /orders/:order"}]},
            "route[2].match",
            "route[0].match has this one",
        ),
        (
            {"journey": {"j": {"step": [STEP, {"name": "more", "on": ["GET /a", "POST /cart"]}]}}},
            "journey.j.step[1].on",
            "journey.j.step[0].on has this one",
        ),
    ],
)
def test_structure_that_cannot_be_used_is_named(document: dict[str, Any], key: str, cure: str) -> None:
    """What is missing, misplaced, twice there or contradicts itself is said with its key and its cure."""
    error = refusal(document)

    assert error.key == key
    assert cure in error.cure


def test_two_journeys_may_share_an_exchange() -> None:
    """One watch looks at several shops, and each has its `POST /cart`."""
    document = {"journey": {"one": {"step": [STEP]}, "two": {"step": [STEP]}}}

    assert [journey.name for journey in read_settings(document, {}).journeys] == ["one", "two"]


def test_steps_and_routes_keep_their_order() -> None:
    """The order is the journey's way, and of two routes that fit the first wins."""
    steps = [{"name": name, "on": [f"GET /{name}"]} for name in "cab"]
    routes = [{"match": f"POST /{name}", "finished": "conflict"} for name in "cab"]

    settings = read_settings({"journey": {"j": {"step": steps}}, "route": routes}, {})

    assert [step.name for step in settings.journeys[0].steps] == ["c", "a", "b"]
    assert [route.match.template for route in settings.routes] == ["/c", "/a", "/b"]
    assert {route.finished for route in settings.routes} == {AfterFinish.CONFLICT}


@given(content=st.binary(max_size=60) | st.text("[]{}=\"'.\n#a1_", max_size=40).map(str.encode))
def test_any_file_is_read_or_refused(content: bytes) -> None:
    """Whatever the file holds, loading it raises nothing but a SettingsError."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()

        try:
            settings = load_settings(Path(file.name), {})
        except SettingsError as error:
            trouble = error
        else:
            assert settings == Settings()
            return

    assert trouble.cure


@pytest.mark.parametrize(
    ("content", "cure"),
    [
        (b"[site", "is not TOML: "),
        (b"[site]\nmode = off", "at line 2"),
        (b"[watch]\nport = " + b"9" * 5000, "is not TOML: "),
        (b"a = " + b"[" * 5000, "is not TOML: "),
        (b'[site]\nmode = "\xff"', "cannot be read: "),
    ],
    ids=["unclosed", "no text", "huge number", "deep", "not UTF-8"],
)
def test_file_that_is_not_toml_says_where(tmp_path: Path, content: bytes, cure: str) -> None:
    """The operator reads the file's name and what is wrong with it."""
    path = tmp_path / "seeother.toml"
    path.write_bytes(content)

    with pytest.raises(SettingsError) as caught:
        load_settings(path, {})

    assert (caught.value.key, caught.value.value) == ("config", str(path))
    assert cure in caught.value.cure


def test_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    """A file that was asked for must exist."""
    with pytest.raises(SettingsError, match="there is no such file"):
        load_settings(tmp_path / "none.toml", {})


def test_folder_is_no_file(tmp_path: Path) -> None:
    """What cannot be read is refused like what is not there."""
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path, {})


def test_file_and_environment_meet(tmp_path: Path) -> None:
    """The file is read as UTF-8, and the environment lies on top."""
    path = tmp_path / "seeother.toml"
    path.write_text('[ledger]\nurl = "sqlite:///größe.db"\n[watch]\nport = 1\n', encoding="utf-8")

    settings = load_settings(path, {"SEEOTHER_WATCH_PORT": "2"})

    assert (settings.ledger.url, settings.watch.port) == ("sqlite:///größe.db", 2)


def test_no_file_is_the_environment_alone() -> None:
    """A container needs no file."""
    assert load_settings(None, {"SEEOTHER_SITE_MODE": "off"}).site.mode is Mode.OFF


def test_upstreams_are_read() -> None:
    """A server in front of which the proxy stands has an address and the paths that it answers."""
    document = {"upstream": [{"url": "http://127.0.0.1:8080"}, {"match": "/api", "url": "https://api:1", "read": "5s"}]}

    shop, api = read_settings(document, {}).upstreams

    assert (shop.match, shop.url) == ("/", "http://127.0.0.1:8080")
    assert (api.match, api.read) == ("/api", timedelta(seconds=5))


@pytest.mark.parametrize(
    ("upstreams", "key"),
    [
        ([{}], "upstream[0].url"),
        ([{"url": "127.0.0.1:8080"}], "upstream[0].url"),
        ([{"url": "http://127.0.0.1:8080/shop"}], "upstream[0].url"),
        ([{"url": "http://a", "concurrent": 0}], "upstream[0].concurrent"),
        ([{"url": "http://a", "concurrent": True}], "upstream[0].concurrent"),
        ([{"url": "http://a"}, {"match": "/", "url": "http://b"}], "upstream[1].match"),
        ([{"match": "/api", "url": "http://a"}, {"match": "/api/", "url": "http://b"}], "upstream[1].match"),
    ],
)
def test_upstream_that_cannot_be_asked_is_refused(upstreams: list[dict[str, Any]], key: str) -> None:
    """No address, a path that would be lost, and two servers for one path are each told."""
    assert refusal({"upstream": upstreams}).key == key
