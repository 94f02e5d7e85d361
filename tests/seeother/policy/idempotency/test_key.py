# SPDX-License-Identifier: Apache-2.0
"""One action has one key, however it is written, and no two actions share one by accident."""

from dataclasses import replace
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import Fields, Pattern, Request
from seeother.policy import FORM_FIELD, Idempotency, RoutePolicy
from seeother.policy.idempotency.form import read_form
from seeother.policy.idempotency.key import Key, KeyProblem, is_keyless
from seeother.policy.idempotency.key import read_key as key_of
from tests.seeother.policy.idempotency.forms import multipart, part

ROUTE = RoutePolicy(Pattern.parse("POST /orders"), idempotency=Idempotency.REQUIRED)
CALLBACK = replace(ROUTE, idempotency=Idempotency.CALLBACK)
FORM = ((b"content-type", b"application/x-www-form-urlencoded"),)
VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
KEYS = st.text(VISIBLE, min_size=1, max_size=255).filter(lambda key: not (key[0] == key[-1] == '"' and len(key) > 1))


def request(*fields: tuple[bytes, bytes]) -> Request:
    """A request with these field lines."""
    return Request("POST", "/orders", fields=fields)


def read(request: Request, route: RoutePolicy, content: bytes) -> Key | None:
    """The key that a request with this content carries."""
    return key_of(request, route, content, read_form(request, content))


def read_key(request: Request, route: RoutePolicy, content: bytes) -> str | None:
    """The same, without how it was written."""
    key = read(request, route, content)
    return None if key is None else key.text


def quoted(key: str) -> bytes:
    """The key as a structured-field String (RFC 9651 section 3.3.3)."""
    return b'"' + key.replace("\\", "\\\\").replace('"', '\\"').encode() + b'"'


@given(key=KEYS, name=st.sampled_from([b"idempotency-key", b"x-idempotency-key"]))
def test_key_is_the_same_bare_and_quoted(key: str, name: bytes) -> None:
    """The draft quotes it, nearly all clients do not, and both mean the same action."""
    assert read_key(request((name, key.encode())), ROUTE, b"") == key
    assert read_key(request((name, b" " + quoted(key) + b" ")), ROUTE, b"") == key


@pytest.mark.parametrize(
    "parameters", [b";x=1", b';a; b="c;d";c=:AQ==:', b";t=token;n=-1.5;b=?0;d=@1659578233", b';s=%"f%c3%bc"']
)
def test_parameters_of_a_key_say_nothing(parameters: bytes) -> None:
    """An item of a structured field may have some (RFC 9651 section 3.1.2)."""
    assert read(request((b"idempotency-key", b'"abc"' + parameters)), ROUTE, b"") == Key("abc")
    assert read(request((b"x-idempotency-key", b'"a\\"c"' + parameters)), ROUTE, b"") == Key('a"c')


@given(key=KEYS)
def test_key_comes_from_a_form(key: str) -> None:
    """A page without scripts carries it in a hidden field."""
    content = urlencode([("a", "1"), (FORM_FIELD, key), ("b", "")]).encode()

    assert read_key(request(*FORM), ROUTE, content) == key


def test_key_of_a_callback_is_its_webhook_id() -> None:
    """A provider sends its own id; an Idempotency-Key or a form field is no part of that promise."""
    form = f"{FORM_FIELD}=f".encode()
    fields = (*FORM, (b"webhook-id", b"w"), (b"idempotency-key", b"k"))

    assert read_key(request(*fields), CALLBACK, form) == "w"
    assert read_key(request(*FORM, (b"idempotency-key", b"k")), CALLBACK, form) is None
    assert read_key(request((b"webhook-id", b"w")), ROUTE, b"") is None


@pytest.mark.parametrize(
    ("fields", "content"),
    [
        ((), b""),
        (FORM, b""),
        (FORM, b"other=1"),
        (FORM, b"IDEMPOTENCY_KEY=a"),
        ((), b"idempotency_key=a"),
        (((b"content-type", b"application/json"),), b'{"idempotency_key": "a"}'),
    ],
    ids=["nothing", "empty form", "other field", "other case", "no type", "json"],
)
def test_request_without_a_key_has_none(fields: Fields, content: bytes) -> None:
    """Only a declared form is looked into."""
    assert read_key(request(*fields), ROUTE, content) is None


@pytest.mark.parametrize(
    "line",
    [b"", b" ", b"two words", b'"two words"', b"tab\there", b"x" * 256, "größe".encode(), b"a\x00", b"a\x7f", b'""'],
    ids=repr,
)
def test_key_that_cannot_be_used_is_a_problem(line: bytes) -> None:
    """A key is 1 to 255 visible characters; nothing else is cut or mended into one."""
    with pytest.raises(KeyProblem, match="visible ASCII"):
        read_key(request((b"idempotency-key", line)), ROUTE, b"")


@pytest.mark.parametrize("key", ["größe", "日本", "€", "", "a b", "x" * 256])
def test_form_key_that_cannot_be_used_is_a_problem(key: str) -> None:
    """What is beyond ASCII is refused, not replaced: two such keys would become one."""
    with pytest.raises(KeyProblem, match="visible ASCII"):
        read_key(request(*FORM), ROUTE, f"{FORM_FIELD}={quote_plus(key)}".encode())


@pytest.mark.parametrize(
    ("fields", "content"),
    [
        (((b"idempotency-key", b"a"), (b"idempotency-key", b"b")), b""),
        (((b"idempotency-key", b"a"), (b"idempotency-key", b"a")), b""),
        (((b"idempotency-key", b"a"), (b"x-idempotency-key", b"b")), b""),
        (FORM, b"idempotency_key=a&idempotency_key=b"),
    ],
    ids=["twice", "twice the same", "both names", "form"],
)
def test_two_keys_are_a_problem(fields: Fields, content: bytes) -> None:
    """Nobody guesses which one was meant."""
    with pytest.raises(KeyProblem, match="more than one"):
        read_key(request(*fields), ROUTE, content)


def test_same_key_under_both_names_is_one_key() -> None:
    """A proxy may have copied it from one name to the other."""
    fields = ((b"idempotency-key", b'"a"'), (b"x-idempotency-key", b"a"))

    assert read_key(request(*fields), ROUTE, b"") == "a"


def test_long_form_is_read_to_its_end() -> None:
    """A cart of ten thousand lines is no reason to refuse its key."""
    content = b"a=1&" * 10_000 + b"my_idempotency_key=b&idempotency_key=c%2Bd&z=1"

    assert read_key(request(*FORM), ROUTE, content) == "c+d"


@given(
    lines=st.lists(st.binary(max_size=20) | st.text('"\\ab', max_size=8).map(str.encode), max_size=2),
    content=st.binary(max_size=30) | st.binary(max_size=12).map(lambda tail: b"idempotency_key=" + tail),
    callback=st.booleans(),
)
def test_any_bytes_are_a_key_or_a_problem(lines: list[bytes], content: bytes, *, callback: bool) -> None:
    """Whatever a client sends, there is a usable key, none, or a problem that the flow answers."""
    name = b"webhook-id" if callback else b"idempotency-key"
    try:
        key = read_key(request(*FORM, *[(name, line) for line in lines]), CALLBACK if callback else ROUTE, content)
    except KeyProblem:
        return

    assert key is None or (1 <= len(key) <= 255 and set(key) <= set(VISIBLE))


@given(key=KEYS)
def test_key_comes_from_a_multipart_form(key: str) -> None:
    """A form with a file in it carries it the same way."""
    form, content = multipart(part("a", b"1"), part(FORM_FIELD, key.encode()), part("b", b"2", filename="x.png"))

    assert read_key(form, ROUTE, content) == key


def test_key_of_a_field_goes_before_the_form_s() -> None:
    """A script that sends the form says which action it means."""
    assert read_key(request(*FORM, (b"idempotency-key", b'"a"')), ROUTE, b"idempotency_key=b") == "a"


def test_quotes_are_told_from_none() -> None:
    """The draft wants them; a form has none to want."""
    assert read(request((b"idempotency-key", b"a")), ROUTE, b"") == Key("a", is_bare=True)
    assert read(request((b"idempotency-key", b'"a"')), ROUTE, b"") == Key("a")
    assert read(request(*FORM), ROUTE, b"idempotency_key=a") == Key("a")
    assert read(request((b"webhook-id", b"a")), CALLBACK, b"") == Key("a")


def by(event_id: str) -> RoutePolicy:
    """A callback whose event's id stands there."""
    return replace(CALLBACK, event_id=event_id)


@pytest.mark.parametrize(
    ("event_id", "fields", "content", "key"),
    [
        ("header:X-Event-Id", ((b"x-event-id", b"evt_1"),), b"", "evt_1"),
        ("header:X-Event-Id", (), b"", None),
        ("json:id", (), b'{"id": "evt_1"}', "evt_1"),
        ("json:id", (), b'{"id": 17}', "17"),
        ("json:data.object.id", (), b'{"data": {"object": {"id": "evt_1"}}}', "evt_1"),
        ("json:id", (), b'{"data": 1}', None),
        ("json:id", (), b'{"id": null}', None),
        ("json:id", (), b'{"id": true}', None),
        ("json:id", (), b'{"id": {"a": 1}}', None),
        ("json:data.id", (), b'{"data": ["id"]}', None),
        ("json:id", (), b'["id"]', None),
        ("form:txn_id", FORM, b"a=1&txn_id=evt_1", "evt_1"),
        ("form:txn_id", FORM, b"a=1", None),
        ("form:txn_id", (), b"txn_id=evt_1", None),
    ],
)
def test_event_s_id_stands_where_the_route_says(event_id: str, fields: Fields, content: bytes, key: str | None) -> None:
    """And nowhere else."""
    assert read_key(request(*fields), by(event_id), content) == key


@pytest.mark.parametrize(
    ("event_id", "content"),
    [("json:id", b""), ("json:id", b"id=1"), ("json:id", b"[" * 100_000), ("json:id", b'{"id": "a b"}'),
     ("json:id", b'{"id": ""}'), ("form:txn_id", b"txn_id=a&txn_id=b"), ("json:id", b'{"id": "\xff"}')],
    ids=["empty", "no JSON", "deep", "blank", "nothing", "two", "no UTF-8"],
)  # fmt: skip
def test_event_s_id_that_cannot_be_used_is_a_problem(event_id: str, content: bytes) -> None:
    """The sender is told; nothing is guessed."""
    with pytest.raises(KeyProblem):
        read_key(request(*FORM), by(event_id), content)


@given(st.binary(max_size=30) | st.sampled_from([b"{", b'{"id":', b'{"id":1e999}', b"NaN", b'{"id":NaN}']))
def test_any_content_has_an_event_s_id_or_none_or_a_problem(content: bytes) -> None:
    """Whatever a sender sends."""
    try:
        key = read_key(request(), by("json:id"), content)
    except KeyProblem:
        return

    assert key is None or set(key) <= set(VISIBLE)


@pytest.mark.parametrize(
    ("fields", "keyless"),
    [((), True), (((b"idempotency-key", b"a"),), False), (((b"x-idempotency-key", b""),), False), (FORM, False),
     (((b"content-type", b"multipart/form-data"),), False), (((b"content-type", b"application/json"),), True)],
)  # fmt: skip
def test_keyless_is_what_can_carry_no_key(fields: Fields, *, keyless: bool) -> None:
    """Its content need not be read."""
    assert is_keyless(request(*fields)) is keyless
