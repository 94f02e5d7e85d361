# SPDX-License-Identifier: Apache-2.0
"""One action has one fingerprint, however it is sent, and no two share one."""

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import Request
from seeother.policy.idempotency.fingerprint import CSRF_FIELDS, fingerprint
from seeother.policy.idempotency.form import read_form
from tests.seeother.policy.idempotency.forms import FORM, multipart, part

PARTS = st.text("a/\0&é:1", max_size=3)
REQUESTS = st.tuples(
    st.tuples(st.sampled_from(["POST", "PUT"]), PARTS, PARTS.map(str.encode)).map(lambda parts: Request(*parts)),
    PARTS.map(str.encode),
)
NAMES = st.sampled_from(["a", "b", "qty", "form"])
PAIRS = st.lists(st.tuples(NAMES, st.text("12&=é", max_size=3)), max_size=3)


def printed(request: Request, content: bytes, *csrf_fields: str) -> bytes:
    """The fingerprint of a request."""
    return fingerprint(request, content, read_form(request, content), csrf_fields)


@given(one=REQUESTS, other=REQUESTS)
def test_fingerprint_is_the_same_for_the_same_request_and_for_no_other(
    one: tuple[Request, bytes], other: tuple[Request, bytes]
) -> None:
    """Method, path, query and content count, and where one ends and the next begins."""
    assert (printed(*one) == printed(*other)) is (one == other)


@given(one=PAIRS, other=PAIRS)
def test_form_is_the_same_where_its_fields_are(one: list[tuple[str, str]], other: list[tuple[str, str]]) -> None:
    """Names, values and their order; nothing else."""
    prints = [printed(FORM, urlencode(pairs).encode()) for pairs in (one, other)]

    assert (prints[0] == prints[1]) is (one == other)


@given(one=PAIRS, other=PAIRS, boundaries=st.tuples(st.sampled_from("XY"), st.sampled_from("XY")))
def test_multipart_form_is_the_same_whatever_parts_it(
    one: list[tuple[str, str]], other: list[tuple[str, str]], boundaries: tuple[str, str]
) -> None:
    """A browser makes a boundary anew for each sending."""
    prints = [
        printed(*multipart(*[part(name, value.encode()) for name, value in pairs], boundary=boundary))
        for pairs, boundary in zip((one, other), boundaries, strict=True)
    ]

    assert (prints[0] == prints[1]) is (one == other)


@given(PAIRS)
def test_form_is_the_same_however_it_is_encoded(pairs: list[tuple[str, str]]) -> None:
    """A client that escapes more says the same."""
    other = "&".join(f"{quote(name)}={''.join(f'%{byte:02x}' for byte in value.encode())}" for name, value in pairs)

    assert printed(FORM, urlencode(pairs).encode()) == printed(FORM, other.encode())


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize(
    "name", [*sorted(each.decode() for each in CSRF_FIELDS), "__RequestVerificationToken", "order[_token]", "own"]
)
def test_fields_against_forgery_do_not_count(name: str, place: int) -> None:
    """Back loads a form anew, with another token: still the same action."""

    def filled(token: str, quantity: str = "2") -> list[tuple[str, str]]:
        pairs = [("sku", "tea"), ("quantity", quantity)]
        pairs.insert(place, (name, token))
        return pairs

    def plain(pairs: list[tuple[str, str]]) -> bytes:
        return printed(FORM, urlencode(pairs).encode(), "own")

    def in_parts(pairs: list[tuple[str, str]]) -> bytes:
        return printed(*multipart(*[part(each, value.encode()) for each, value in pairs]), "own")

    for mark in (plain, in_parts):
        assert mark(filled("x" * 48)) == mark(filled("y" * 48))
        assert mark(filled("x" * 48)) != mark(filled("x" * 48, "3"))


def test_only_declared_fields_are_left_out_beside_the_usual() -> None:
    """A field that nobody named counts, whatever it is called."""
    assert printed(FORM, b"nonce=1&a=1") != printed(FORM, b"nonce=2&a=1")
    assert printed(FORM, b"nonce=1&a=1", "nonce") == printed(FORM, b"nonce=2&a=1", "nonce")


def test_files_count() -> None:
    """By their bytes, their names and their types."""
    one = [printed(*multipart(part("f", b"1", filename="a.png"))) for _ in range(2)]
    others = [
        printed(*multipart(part("f", b"2", filename="a.png"))),
        printed(*multipart(part("f", b"1", filename="b.png"))),
        printed(*multipart(part("f", b"1"))),
    ]

    assert one[0] == one[1]
    assert len({one[0], *others}) == 4


def test_form_is_not_its_bytes() -> None:
    """The same bytes under another type are another content, and no bytes look like a form's fields."""
    text = Request("POST", "/orders", fields=((b"content-type", b"text/plain"),))

    assert printed(FORM, b"a=1") != printed(text, b"a=1")
    assert printed(FORM, b"a=1") != printed(text, b"form1:a1:1")


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
    assert printed(*one) != printed(*other)


def test_fingerprint_leaves_out_what_a_retry_changes() -> None:
    """Fields, client and trace differ from try to try."""
    first_try = Request("POST", "/a", fields=((b"traceparent", b"1"),), client="10.0.0.1")

    assert printed(first_try, b"x") == printed(Request("POST", "/a"), b"x")


def test_fingerprint_takes_a_path_that_is_no_unicode() -> None:
    """A server may hand on bytes as surrogates."""
    assert printed(Request("POST", "/\udcff"), b"") != printed(Request("POST", "/"), b"")
