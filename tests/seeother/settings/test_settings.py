# SPDX-License-Identifier: Apache-2.0
"""The settings as a whole: the promised example, every setting of the table, and any document at all."""

import re
import tomllib
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.errors import SettingsError
from seeother.journey import Journey, Step
from seeother.message import Pattern
from seeother.policy import Idempotency, InFlight, RoutePolicy
from seeother.settings import (
    ALL_SECTIONS,
    SETTINGS,
    LedgerSettings,
    Mode,
    Setting,
    Settings,
    SiteSettings,
    TelemetrySettings,
    WatchSettings,
    read_settings,
    readers,
)

DESIGN = """
[site]
public_url = "https://shop.example"          # the only source of absolute redirects, unless a trusted peer says more
trusted_proxies = ["10.0.0.0/8"]
secrets = ["env:SEEOTHER_SECRET"]             # first signs, all verify
mode = "repair"                               # off | observe | repair | strict

[[route]]
match = "POST /orders"
kind = "action"                               # action | routing | callback | return
idempotency = "required"                      # off | key | required | form | callback
in_flight = "wait"                            # wait | conflict
finished = "replay"                           # replay | conflict (the article's 409)
principal = "session:sessionid"
window = "10s"                                # how long mode form remembers
csrf_fields = ["csrfmiddlewaretoken"]         # left out of the digest; the usual names are known
remember = ["2xx", "3xx", "4xx"]
after_crash = "unknown"                       # unknown | rerun (only transactional or idempotent)
ledger_down = "refuse"                        # refuse | proceed

[ledger]
url = "sqlite:///seeother-ledger.db"

[telemetry]
endpoint = "http://127.0.0.1:8304"

[journey.checkout]
abandoned_after = "30m"
[[journey.checkout.step]]
name = "submit_order"
on = ["POST /orders"]                         # the exchanges that are attempts of this step
page = ["GET /orders/{id}/pay"]               # the page whose timing and JS errors belong to it
optional = false

[journey.checkout.slo]
success = 0.995
dom_complete = "8s"
window = "28d"

[watch]
token = "env:SEEOTHER_TOKEN"

[alerts]
notify = ["mailto://...", "slack://..."]      # Apprise addresses
"""
ENVIRON = {"SEEOTHER_SECRET": "0123456789abcdef", "SEEOTHER_TOKEN": "let-me-in"}
STEP = {"name": "cart", "on": ["POST /cart"]}


def test_example_of_the_design_is_understood() -> None:
    """All of the promised interface is accepted, and what does nothing yet is listed."""
    settings = read_settings(tomllib.loads(DESIGN), ENVIRON)

    assert settings == Settings(
        site=SiteSettings(
            Mode.REPAIR,
            "https://shop.example",
            ("0123456789abcdef",),
            trusted_proxies=(ip_network("10.0.0.0/8"),),
        ),
        routes=(
            RoutePolicy(
                Pattern("POST", "/orders"),
                idempotency=Idempotency.REQUIRED,
                in_flight=InFlight.WAIT,
                principal="session:sessionid",
                csrf_fields=frozenset({"csrfmiddlewaretoken"}),
            ),
        ),
        ledger=LedgerSettings("sqlite:///seeother-ledger.db"),
        telemetry=TelemetrySettings("http://127.0.0.1:8304"),
        journeys=(
            Journey(
                "checkout",
                (Step("submit_order", (Pattern("POST", "/orders"),), (Pattern("GET", "/orders/{id}/pay"),)),),
                timedelta(minutes=30),
            ),
        ),
        watch=WatchSettings(token="let-me-in"),
        ignored=settings.ignored,
    )
    assert sorted(settings.ignored) == [
        "alerts.notify",
        "journey.checkout.slo.dom_complete",
        "journey.checkout.slo.success",
        "journey.checkout.slo.window",
    ]


def test_nothing_given_is_all_defaults() -> None:
    """Everything can be left out."""
    assert read_settings({}, {}) == Settings()


def place(setting: Setting, value: object) -> tuple[dict[str, Any], str]:
    """A document that is right but for this one setting, and the setting's key in it."""
    match setting.section:
        case "route":
            return {"route": [{"match": "POST /a", setting.name: value}]}, f"route[0].{setting.name}"
        case "upstream":
            return {"upstream": [{"url": "http://a", setting.name: value}]}, f"upstream[0].{setting.name}"
        case "journey.NAME":
            return {"journey": {"j": {"step": [STEP], setting.name: value}}}, f"journey.j.{setting.name}"
        case "journey.NAME.step":
            return {"journey": {"j": {"step": [STEP | {setting.name: value}]}}}, f"journey.j.step[0].{setting.name}"
        case "journey.NAME.slo":
            return {"journey": {"j": {"step": [STEP], "slo": {setting.name: value}}}}, f"journey.j.slo.{setting.name}"
        case section:
            return {section: {setting.name: value}}, f"{section}.{setting.name}"


USED = [setting for setting in SETTINGS if not setting.planned]
PLANNED = [setting for setting in SETTINGS if setting.planned]


BAD: list[tuple[Setting, object]] = [
    (setting, value)
    for setting in USED
    for value in ({"a": "table"}, 0.5, [""], "☃ no such value")
    if value != "☃ no such value"
    or setting.read not in {readers.text, readers.texts, readers.form_fields}  # who take any text
]


@pytest.mark.parametrize(("setting", "value"), BAD, ids=[f"{s.section}.{s.name}-{value!r}" for s, value in BAD])
def test_bad_value_is_named_with_key_and_cure(setting: Setting, value: object) -> None:
    """Every setting of the table refuses what it cannot use, and says where it stands and what to write."""
    document, key = place(setting, value)

    with pytest.raises(SettingsError) as caught:
        read_settings(document, {})

    error = caught.value
    assert error.key == key
    assert error.cure
    assert str(error).startswith(f"{key} = ")
    assert str(error).endswith(error.cure)


@pytest.mark.parametrize("setting", PLANNED, ids=[f"{s.section}.{s.name}" for s in PLANNED])
def test_planned_setting_is_accepted_and_listed(setting: Setting) -> None:
    """A file for the next release can be used with this one, and nobody believes that it works already."""
    document, key = place(setting, ["any", 1])

    assert read_settings(document, {}).ignored == (key,)


KEYS = st.sampled_from(sorted({*ALL_SECTIONS, *(setting.name for setting in SETTINGS), "step", "slo", "j"})) | st.text(
    max_size=3
)
LEAVES = (
    st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["POST /a", "GET /b/{id}", "30m", "repair", "env:A", "https://shop.example", "2xx", "cart"])
    | st.datetimes()
    | st.dates()
    | st.times()
)
TREES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
VARIABLES = [f"SEEOTHER_{setting.section}_{setting.name}".upper() for setting in USED if "." not in setting.section]
ENVIRONS = st.dictionaries(
    st.sampled_from(["A", "SEEOTHER_JOURNEY_J_TIMEOUT", *VARIABLES]),
    st.text(max_size=5) | st.sampled_from(["30m", "env:A"]),
    max_size=3,
)


@given(
    document=st.dictionaries(st.sampled_from(sorted(ALL_SECTIONS)), TREES) | st.dictionaries(KEYS, TREES, max_size=4),
    environ=ENVIRONS,
    sections=st.sets(st.sampled_from(sorted(ALL_SECTIONS))),
)
def test_any_document_is_read_or_refused(document: dict[str, Any], environ: dict[str, str], sections: set[str]) -> None:
    """Whatever TOML says, there are settings or a SettingsError with a key and a cure."""
    try:
        settings = read_settings(document, environ, sections)
    except SettingsError as error:
        trouble = error
    else:
        assert isinstance(settings, Settings)
        return

    assert trouble.key
    assert trouble.cure


@given(
    settings=st.dictionaries(st.sampled_from([s for s in USED if s.section == "route" and s.name != "match"]), TREES)
)
def test_any_route_is_read_or_refused(settings: dict[Setting, Any]) -> None:
    """The names are right, so that every reader is met behind the first one."""
    table = {setting.name: value for setting, value in settings.items()}
    try:
        read = read_settings({"route": [{"match": "POST /a"} | table]}, {})
    except SettingsError as error:
        trouble = error
    else:
        assert len(read.routes) == 1
        return

    assert re.match(r"route\[0\]\.\w+", trouble.key)


@pytest.mark.parametrize(
    ("route", "key"),
    [
        ({"oversize": "redirect"}, "route[0].oversize"),
        ({"event_id": "json:id", "idempotency": "key"}, "route[0].event_id"),
        ({"transactional": True}, "route[0].transactional"),
        ({"transactional": True, "idempotency": "key", "remember": ["3xx", "4xx"]}, "route[0].remember"),
        ({"transactional": True, "idempotency": "key", "remember": ["2xx"]}, "route[0].remember"),
    ],
    ids=["nowhere to go", "no callback", "no key", "rolls success back", "rolls redirects back"],
)
def test_setting_that_needs_another_says_so(route: dict[str, object], key: str) -> None:
    """Alone it would do nothing, or break a promise when it is too late."""
    with pytest.raises(SettingsError) as caught:
        read_settings({"route": [{"match": "POST /orders", **route}]}, {})

    assert caught.value.key == key


def test_settings_that_need_each_other_are_read() -> None:
    """Where to look, and where an event's id stands."""
    order = {"match": "POST /orders", "oversize": "redirect", "outcome_page": "/orders"}
    pay = {"match": "POST /pay", "idempotency": "key", "transactional": True, "remember": ["2xx", "3xx"]}
    hook = {"match": "POST /hook", "idempotency": "callback", "event_id": "json:data.id"}
    told = {"match": "POST /told", "idempotency": "callback", "transactional": True, "remember": ["5xx"]}

    routes = read_settings({"route": [order, hook, pay, told]}, {}).routes

    assert (routes[0].oversize, routes[1].event_id) == ("redirect", "json:data.id")
