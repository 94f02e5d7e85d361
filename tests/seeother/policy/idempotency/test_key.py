# SPDX-License-Identifier: Apache-2.0
"""One action has one key, however it is written, and no two actions share one by accident."""

from dataclasses import replace
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seeother.message import Fields, Pattern, Request
from seeother.policy import FORM_FIELD, Idempotency, RoutePolicy
from seeother.policy.idempotency.key import KeyProblem, fingerprint, ledger_key, read_key

ROUTE = RoutePolicy(Pattern.parse("POST /orders"), idempotency=Idempotency.REQUIRED)
CALLBACK = replace(ROUTE, idempotency=Idempotency.CALLBACK)
FORM = ((b"content-type", b"application/x-www-form-urlencoded"),)
VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
KEYS = st.text(VISIBLE, min_size=1, max_size=255).filter(lambda key: not (key[0] == key[-1] == '"' and len(key) > 1))


def request(*fields: tuple[bytes, bytes]) -> Request:
    """A request with these field lines."""
    return Request("POST", "/orders", fields=fields)


def quoted(key: str) -> bytes:
    """The key as a structured-field String (RFC 9651 section 3.3.3)."""
    return b'"' + key.replace("\\", "\\\\").replace('"', '\\"').encode() + b'"'


@given(key=KEYS, name=st.sampled_from([b"idempotency-key", b"x-idempotency-key"]))
def test_key_is_the_same_bare_and_quoted(key: str, name: bytes) -> None:
    """The draft quotes it, nearly all clients do not, and both mean the same action."""
    assert read_key(request((name, key.encode())), ROUTE, b"") == key
    assert read_key(request((name, b" " + quoted(key) + b" ")), ROUTE, b"") == key


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
        (((b"idempotency-key", b"a"), (b"x-idempotency-key", b"b")), b""),
        (FORM, b"idempotency_key=a&idempotency_key=b"),
    ],
    ids=["twice", "both names", "form"],
)
def test_two_keys_are_a_problem(fields: Fields, content: bytes) -> None:
    """Nobody guesses which one was meant."""
    with pytest.raises(KeyProblem, match="more than one"):
        read_key(request(*fields), ROUTE, content)


def test_same_key_twice_is_one_key() -> None:
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


PARTS = st.text("a/\0&é:1", max_size=3)
REQUESTS = st.tuples(
    st.tuples(st.sampled_from(["POST", "PUT"]), PARTS, PARTS.map(str.encode)).map(lambda parts: Request(*parts)),
    PARTS.map(str.encode),
)


@given(one=REQUESTS, other=REQUESTS)
def test_fingerprint_is_the_same_for_the_same_request_and_for_no_other(
    one: tuple[Request, bytes], other: tuple[Request, bytes]
) -> None:
    """Method, path, query and content count, and where one ends and the next begins."""
    assert (fingerprint(*one) == fingerprint(*other)) is (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((Request("POST", "/a\0b"), b"X"), (Request("POST", "/a", b"b"), b"\0X")),
        ((Request("POST", "/a", b"b"), b""), (Request("POST", "/a"), b"b")),
        ((Request("POST", "/a"), b""), (Request("PUT", "/a"), b"")),
    ],
    ids=["NUL", "query", "method"],
)
def test_fingerprint_is_not_confused_by_separators(one: tuple[Request, bytes], other: tuple[Request, bytes]) -> None:
    """A path may hold any character, even the one that something else would be parted by."""
    assert fingerprint(*one) != fingerprint(*other)


def test_fingerprint_leaves_out_what_a_retry_changes() -> None:
    """Fields, client and trace differ from try to try."""
    first_try = Request("POST", "/a", fields=((b"traceparent", b"1"),), client="10.0.0.1")

    assert fingerprint(first_try, b"x") == fingerprint(Request("POST", "/a"), b"x")


@pytest.mark.parametrize("form", ["{token}a=1&b=2", "a=1&{token}b=2", "a=1&b=2&{token}"])
def test_fingerprint_leaves_out_the_token_of_a_form(form: str) -> None:
    """Back loads a form anew, with another token: still the same action; any other field makes it another one."""
    first, second = (form.format(token=f"seeother_token={each}&").rstrip("&").encode() for each in ("x" * 48, "y" * 48))

    assert fingerprint(request(*FORM), first) == fingerprint(request(*FORM), second)
    assert fingerprint(request(*FORM), first) != fingerprint(request(*FORM), first.replace(b"b=2", b"b=3"))
    assert fingerprint(request(), first) != fingerprint(request(), second)


def test_fingerprint_takes_a_path_that_is_no_unicode() -> None:
    """A server may hand on bytes as surrogates."""
    assert fingerprint(Request("POST", "/\udcff"), b"") != fingerprint(Request("POST", "/"), b"")


@given(
    one=st.binary(max_size=8), other=st.binary(max_size=8), principal=st.sampled_from(["authorization", "session:id"])
)
def test_people_are_kept_apart(one: bytes, other: bytes, principal: str) -> None:
    """Nobody is answered with a stranger's answer because both chose one key."""
    assume(not set(b"; \t\n\r\x0b\x0c") & set(one + other))
    route = replace(ROUTE, principal=principal)

    def key(value: bytes) -> object:
        line = (b"authorization", value) if principal == "authorization" else (b"cookie", b"x=1; id=" + value)
        return ledger_key(request(line), route, "k")

    assert (key(one) == key(other)) is (one == other)


def test_only_the_declared_principal_counts() -> None:
    """A session cookie that changes its neighbour is still the same person."""
    by_session = replace(ROUTE, principal="session:id")
    one = request((b"cookie", b"id=7; theme=dark"), (b"authorization", b"Basic a"))
    other = request((b"cookie", b"theme=light; id=7"))

    assert ledger_key(one, by_session, "k") == ledger_key(other, by_session, "k")
    assert ledger_key(one, ROUTE, "k") != ledger_key(other, ROUTE, "k")


def test_whoever_is_unknown_shares_a_scope() -> None:
    """Guests have nothing but their random key, and that is enough."""
    scope = ledger_key(request(), ROUTE, "k").scope

    assert scope == ledger_key(request(), replace(ROUTE, principal="session:id"), "k").scope == "POST /orders shared"


def test_ledger_holds_no_credentials() -> None:
    """A session's value or a password is not written to a database."""
    key = ledger_key(request((b"authorization", b"Basic hunter2")), ROUTE, "k")

    assert "hunter2" not in key.scope


def test_routes_are_kept_apart() -> None:
    """One key may be used for an order and for a payment, even where templates look alike."""
    routes = [replace(ROUTE, match=Pattern.parse(text)) for text in ("POST /a/{x}", "POST /a/{x:path}", "PUT /a/{x}")]

    assert len({ledger_key(request(), route, "k").scope for route in routes}) == 3
