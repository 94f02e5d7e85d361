# SPDX-License-Identifier: Apache-2.0
"""Readers turn what an operator wrote into a typed value, or say what to write instead."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seeother.errors import SettingsError
from seeother.message import Pattern
from seeother.policy import BY_DECLARATION, REPAIRS, Idempotency
from seeother.settings import SETTINGS, Setting, readers
from seeother.settings.readers import Reader

UNITS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.datetimes() | st.times()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def cure(read: Reader, value: object, environ: Mapping[str, str] | None = None) -> str:
    """What the reader says to do about a value that it refuses; the key is named with it."""
    with pytest.raises(SettingsError) as caught:
        read("the.key", value, environ or {})
    assert caught.value.key == "the.key"
    return caught.value.cure


@given(setting=st.sampled_from(SETTINGS), value=VALUES)
@settings(max_examples=200)
def test_any_value_is_read_or_refused(setting: Setting, value: object) -> None:
    """Whatever stands in the file, a reader raises nothing but a SettingsError that names key and cure."""
    try:
        setting.read("the.key", value, {})
    except SettingsError as error:
        trouble = error
    else:
        return

    assert trouble.key == "the.key"
    assert trouble.cure


@given(number=st.integers(1, 10**6), unit=st.sampled_from(sorted(UNITS)))
def test_duration_is_a_number_with_a_unit(number: int, unit: str) -> None:
    """Every unit has its length."""
    assert readers.duration("k", f"{number}{unit}", {}) == timedelta(seconds=number * UNITS[unit])


@given(tenths=st.integers(1, 10**6), unit=st.sampled_from(sorted(UNITS)))
def test_duration_may_be_a_fraction(tenths: int, unit: str) -> None:
    """`1.5h` is ninety minutes."""
    assert readers.duration("k", f"{tenths / 10:.1f}{unit}", {}) == timedelta(seconds=tenths / 10 * UNITS[unit])


@given(text=st.text("0123456789.smhd -+e\n", max_size=12) | st.text(max_size=12))
def test_duration_is_exactly_its_grammar(text: str) -> None:
    """What has no unit, a sign, a blank or no length is refused; all else is longer than nothing."""
    well_formed = re.fullmatch(r"\d+(\.\d+)?(ms|s|m|h|d)", text) is not None

    try:
        read = readers.duration("k", text, {})
    except SettingsError:
        return

    assert well_formed
    assert read > timedelta(0)


@pytest.mark.parametrize(
    "value", ["0s", "0.0h", "0.0001ms", "30", "30 m", "-1s", "1e3s", "m", "", 30, True, None, []], ids=repr
)
def test_duration_without_length_or_unit_is_refused(value: object) -> None:
    """A time of nothing would end every journey at once."""
    assert cure(readers.duration, value)


@pytest.mark.parametrize("value", ["9" * 30 + "d", "9" * 400 + "s"], ids=repr)
def test_duration_longer_than_time_is_refused(value: str) -> None:
    """What no clock can count is named, not a crash."""
    assert cure(readers.duration, value) == "write a shorter time"


def test_text_comes_from_the_environment() -> None:
    """`env:NAME` keeps a secret out of the file, and is resolved once only."""
    environ = {"TOKEN": "env:OTHER", "OTHER": "no"}

    assert readers.text("k", "env:TOKEN", environ) == "env:OTHER"
    assert readers.text("k", "plain", environ) == "plain"


@pytest.mark.parametrize("environ", [{}, {"TOKEN": ""}])
def test_missing_variable_is_named(environ: dict[str, str]) -> None:
    """The operator reads which variable to set."""
    assert cure(readers.text, "env:TOKEN", environ) == "set the environment variable TOKEN"


@pytest.mark.parametrize("value", ["", 5, True, ["a"], {"a": "b"}, "env:"], ids=repr)
def test_text_that_is_none_is_refused(value: object) -> None:
    """A number is no text, nor is nothing."""
    assert cure(readers.text, value)


@pytest.mark.parametrize(("value", "expected"), [(["a", "b,c"], ("a", "b,c")), ("a, b", ("a", "b")), ([], ())])
def test_list_is_parted_by_commas_in_the_environment(value: object, expected: tuple[str, ...]) -> None:
    """A variable holds a list as one line; in the file commas mean nothing."""
    assert readers.texts("k", value, {}) == expected


@pytest.mark.parametrize("value", ["", "a,,b", ["a", ""], {"a": 1}, 5, [5]], ids=repr)
def test_list_with_a_hole_is_refused(value: object) -> None:
    """An empty item is a slip."""
    assert cure(readers.texts, value)


@pytest.mark.parametrize("value", ["submit_order", "A-1", "x" * 64], ids=repr)
def test_name_is_taken(value: str) -> None:
    """Names travel as they are."""
    assert readers.name("k", value, {}) == value


@pytest.mark.parametrize("value", ["", "two words", "größe", "x" * 65, "a/b", "a\n", 'a"b', 7], ids=repr)
def test_name_that_would_need_escaping_is_refused(value: object) -> None:
    """It would be another name in a field, an address or a label."""
    assert cure(readers.name, value)


@pytest.mark.parametrize(("value", "expected"), [(True, True), (False, False), ("TRUE", True), ("false", False)])
def test_flag_is_true_or_false(value: object, *, expected: bool) -> None:
    """In the file a boolean, in the environment its word."""
    assert readers.flag("k", value, {}) is expected


@pytest.mark.parametrize("value", ["yes", "", 1, 0, None, []], ids=repr)
def test_flag_is_nothing_else(value: object) -> None:
    """Nobody guesses what `0` means."""
    assert cure(readers.flag, value) == "write true or false"


@pytest.mark.parametrize("value", [1, 8304, 65535, "8304"], ids=repr)
def test_port_is_a_number(value: object) -> None:
    """In the environment it comes as text."""
    assert readers.port("k", value, {}) == int(str(value))


@pytest.mark.parametrize("value", [0, 65536, -1, 99999, True, "http", "", 80.5, "8304 ", [80]], ids=repr)
def test_port_that_cannot_be_is_refused(value: object) -> None:
    """Port 0 would be a surprise, and above 65535 there is none."""
    assert "65535" in cure(readers.port, value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://shop.example", "https://shop.example"),
        ("https://shop.example/", "https://shop.example"),
        ("HTTPS://shop.example/Base//", "https://shop.example/Base"),
        ("http://[::1]:8303", "http://[::1]:8303"),
        ("http://127.0.0.1:4318/otlp", "http://127.0.0.1:4318/otlp"),
    ],
)
def test_url_is_ready_for_a_path_to_be_appended(value: str, expected: str) -> None:
    """Scheme in lower case, so that it can be compared; no slash at the end."""
    assert readers.url("k", value, {}) == expected


@pytest.mark.parametrize(
    "value",
    [
        "shop.example",
        "//shop.example",
        "ftp://shop.example",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://shop.example:0",
        "https://shop..example",
        f"https://{'a' * 64}.example",
        "https://shop.example:port",
        "https://shop.example:99999",
        "https://[::1",
        "https://shop.example?a=b",
        "https://shop.example/#top",
        "https://shop.example/\r\nx-evil: yes",
        "https://shop .example",
        "https://größe.example",
        5,
    ],
    ids=repr,
)
def test_url_that_is_not_absolute_or_not_plain_is_refused(value: object) -> None:
    """A redirect is made from it: no line break, no query, no host left out."""
    assert cure(readers.url, value)


@pytest.mark.parametrize("value", ["https://user:word@shop.example", "https://user:wo/rd@shop.example", "user:word@x"])
def test_url_with_a_password_is_refused_without_showing_it(value: str) -> None:
    """No collector is asked with one, and what is wrong ends up in logs."""
    with pytest.raises(SettingsError) as caught:
        readers.url("k", value, {})

    assert "leave out user and password" in caught.value.cure
    assert "wo" not in str(caught.value.value)


@pytest.mark.parametrize("value", ["two words", "größe", "a\r\nx-evil: yes"], ids=repr)
def test_token_goes_into_a_field_as_it_is(value: str) -> None:
    """No line break, no space, nothing beyond ASCII; and a wrong one is not shown."""
    with pytest.raises(SettingsError) as caught:
        readers.bearer("k", value, {})

    assert (caught.value.value, readers.bearer("k", "env:T", {"T": "s3cret~"})) == ("…", "s3cret~")


def test_ledger_url_is_an_address_of_a_ledger() -> None:
    """A wrong one is told when the settings are read, not when the first guard opens it."""
    assert readers.ledger_url("ledger.url", "memory://", {}) == "memory://"
    assert readers.ledger_url("ledger.url", "env:L", {"L": "sqlite:///l.db"}) == "sqlite:///l.db"
    assert "use memory://" in cure(readers.ledger_url, "mysql://localhost/0")


def test_networks_are_addresses_or_ranges() -> None:
    """A bare address is a range of one."""
    assert readers.networks("k", ["10.0.0.0/8", "::1"], {}) == (ip_network("10.0.0.0/8"), ip_network("::1/128"))
    assert readers.networks("k", "127.0.0.1", {}) == (ip_network("127.0.0.1/32"),)


@pytest.mark.parametrize("value", [["10.0.0.1/8"], ["localhost"], [""], "", [5], [True], 5], ids=repr)
def test_network_that_is_none_is_refused(value: object) -> None:
    """Host bits behind a mask are a slip; names are not resolved."""
    assert cure(readers.networks, value)


def test_hosts_are_names_without_ports() -> None:
    """As a Host field has them, whatever the case of their letters; anything more would never be found in one."""
    assert readers.hosts("k", ["Host.Docker.Internal", "watch"], {}) == ("host.docker.internal", "watch")
    for value in ("watch:8304", "http://watch", "watch/", "a watch", "*.shop.example", "a@b", ""):
        assert cure(readers.hosts, [value])


def test_patterns_are_read_one_by_one() -> None:
    """A list in the file, commas in the environment."""
    expected = (Pattern.parse("GET /a"), Pattern.parse("POST /b/{id}"))

    assert readers.patterns("k", ["GET /a", "POST /b/:id"], {}) == expected
    assert readers.patterns("k", "GET /a, POST /b/<id>", {}) == expected


def test_bad_pattern_is_named_by_its_key() -> None:
    """The reader knows where it stands; the pattern does not."""
    assert "POST /orders/{id}" in cure(readers.patterns, ["GET /a", "orders"])


@pytest.mark.parametrize(
    ("value", "expected"), [(["2xx", "4xx"], {2, 4}), ("5xx", {5}), ("2xx,3xx", {2, 3}), ([], set[int]())]
)
def test_status_classes_are_first_digits(value: object, expected: set[int]) -> None:
    """`2xx` is 2."""
    assert readers.status_classes("k", value, {}) == expected


@pytest.mark.parametrize("value", [["1xx"], ["6xx"], ["200"], ["2XX"], [2], "", 2, ["2xx\n"]], ids=repr)
def test_status_class_that_is_none_is_refused(value: object) -> None:
    """No final answer is 1xx, and 6xx does not exist."""
    assert cure(readers.status_classes, value)


@pytest.mark.parametrize(("value", "expected"), [([422], {422}), (["400", 599], {400, 599}), ("422,409", {409, 422})])
def test_error_statuses_are_from_400_to_599(value: object, expected: set[int]) -> None:
    """Numbers in the file, text in the environment."""
    assert readers.error_statuses("k", value, {}) == expected


@pytest.mark.parametrize("value", [[399], [600], [200], ["4xx"], [True], [422.0], 422, ""], ids=repr)
def test_error_status_that_is_none_is_refused(value: object) -> None:
    """A success is no failed attempt to begin with."""
    assert cure(readers.error_statuses, value)


def test_choice_is_one_of_the_words() -> None:
    """A typo is answered with all the words there are."""
    read = readers.choice(Idempotency)

    assert read("k", "required", {}) is Idempotency.REQUIRED
    assert cure(read, "Required") == "choose off or key or required or form or callback"
    assert cure(read, ["off"]) == "choose off or key or required or form or callback"


def test_word_of_a_coming_release_says_so() -> None:
    """Whoever read the design is not told that the word is unknown."""
    assert cure(readers.choice(Idempotency, later="magic"), "magic").startswith("this release cannot do that yet")


@pytest.mark.parametrize(
    "value", ["known", "shared", "authorization", "session:sessionid", "session:__Host-id"], ids=repr
)
def test_principal_is_a_field_or_a_cookie(value: str) -> None:
    """People are told apart by either."""
    assert readers.principal("k", value, {}) == value


@pytest.mark.parametrize("value", ["cookie", "session:", "session:a b", "session:a;b", "session:a=b"], ids=repr)
def test_principal_that_names_no_cookie_is_refused(value: object) -> None:
    """A name that no cookie can have would put everybody into one scope."""
    assert "session:" in cure(readers.principal, value)


@pytest.mark.parametrize("value", ["header:X-Event-Id", "json:id", "json:data.id", "form:ref"])
def test_event_id_is_a_place(value: str) -> None:
    """A field, a member or a form's field."""
    assert readers.event_id("k", value, {}) == value


@pytest.mark.parametrize("value", ["X-Event-Id", "header:", "header:a b", "json:", "query:id"])
def test_event_id_that_names_no_place_is_refused(value: str) -> None:
    """Without it each delivery would be refused."""
    assert cure(readers.event_id, value).startswith("write header:")


def test_function_is_what_can_be_imported() -> None:
    """It is there when the settings are read, so that nobody learns of a typo on the day of a crash."""
    assert readers.function("k", "json:loads", {}) is json.loads


@pytest.mark.parametrize("value", ["json", "json:", "json:nothing", "nothing.here:f", ":f", "json:decoder", "a b:c"])
def test_function_that_is_none_is_refused(value: str) -> None:
    """Neither a module, nor something else in it."""
    assert "function" in cure(readers.function, value)


@pytest.mark.parametrize(
    ("read", "code", "cure"),
    [
        (readers.codes(REPAIRS), "RED999", "is no code of a rule"),
        (readers.codes(REPAIRS), "IDM002", "has no repair that this switches"),
        (readers.codes(REPAIRS), "JNY006", "has no repair that this switches"),
        (readers.codes({*REPAIRS, *BY_DECLARATION}), "RED004", "has no repair that this switches"),
    ],
)
def test_a_code_that_would_switch_nothing_is_refused(read: readers.Reader, code: str, cure: str) -> None:
    """Whoever names it would believe that something had changed."""
    with pytest.raises(SettingsError, match=cure):
        read("site.repair", [code], {})


def test_a_code_is_read_in_any_case_of_letters() -> None:
    """As `seeother rules` reads it."""
    assert readers.codes({*REPAIRS, *BY_DECLARATION})("site.leave", ["jny006", "RED001"], {}) == {"JNY006", "RED001"}
