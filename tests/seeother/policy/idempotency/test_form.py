# SPDX-License-Identifier: Apache-2.0
"""Forms are read as browsers write them, or not at all."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import Request
from seeother.policy.idempotency.form import MOST_FIELDS, FormField, is_form, read_form
from tests.seeother.policy.idempotency.forms import FORM, multipart, part

TEXTS = st.text(max_size=8)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), max_size=5)
NAMES = st.text('abc[]-_."%;= é', min_size=1, max_size=6)
VALUES = st.binary(max_size=12) | st.sampled_from([b"--x", b"\r\n--", b"\r\n", b"\r\n--y--", b""])


def posted(content_type: bytes) -> Request:
    """A request with content of this type."""
    return Request("POST", "/orders", fields=((b"content-type", content_type),))


@given(PAIRS)
def test_urlencoded_form_is_read_as_it_was_written(pairs: list[tuple[str, str]]) -> None:
    """Names, values and their order."""
    content = urlencode(pairs).encode()

    assert read_form(FORM, content) == [FormField(name.encode(), value.encode()) for name, value in pairs]


@given(st.binary(max_size=40))
def test_any_bytes_are_an_urlencoded_form(content: bytes) -> None:
    """It never raises, and agrees with Python's reader."""
    read = read_form(FORM, content)

    theirs = parse_qsl(content.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    assert [(name.decode("latin-1"), value.decode("latin-1")) for name, value, _ in read or ()] == theirs


@given(st.lists(st.tuples(NAMES, VALUES), max_size=4))
def test_multipart_form_is_read_as_it_was_written(pairs: list[tuple[str, bytes]]) -> None:
    """Whatever the values hold, as long as they do not hold the boundary, which a sender sees to."""
    pairs = [(name.replace('"', "%22"), value) for name, value in pairs]
    request, content = multipart(*[part(name, value) for name, value in pairs], boundary="y0Y")

    read = read_form(request, content)

    assert [(name, value) for name, value, _ in read or ()] == [(name.encode(), value) for name, value in pairs]


def test_file_is_a_field_with_its_head() -> None:
    """Its name and its type tell it from a text."""
    request, content = multipart(part("a", b"1"), part("photo", b"\x89PNG\r\n", filename="x.png"))

    assert read_form(request, content) == [
        FormField(b"a", b"1", b'Content-Disposition: form-data; name="a"'),
        FormField(
            b"photo",
            b"\x89PNG\r\n",
            b'Content-Disposition: form-data; name="photo"; filename="x.png"\r\nContent-Type: image/png',
        ),
    ]


HEAD = b'Content-Disposition: form-data; name="a"'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"--B",
        b"--B--x",
        b"x\r\n--B\r\n" + HEAD + b"\r\n\r\n1\r\n--B--\r\n",
        b"--B\r\n" + HEAD + b"\r\n\r\n1\r\n--B--\r\nepilogue",
        b"--B\r\n" + HEAD + b"\r\n\r\n1\r\n--B",
        b"--B\r\n" + HEAD + b"\r\n\r\n1",
        b"--Blonger\r\n" + HEAD + b"\r\n\r\n1\r\n--B--\r\n",
        b"--B\r\n" + HEAD + b"\r\n--B--\r\n",
        b"--B\r\n\r\n1\r\n--B--\r\n",
        b"--B\r\nContent-Type: text/plain\r\n\r\n1\r\n--B--\r\n",
        b"--B\r\n" + HEAD + b"\r\n" + HEAD + b"\r\n\r\n1\r\n--B--\r\n",
        b'--B\r\nContent-Disposition: attachment; name="a"\r\n\r\n1\r\n--B--\r\n',
        b'--B\r\nContent-Disposition: form-data; name="a\r\n\r\n1\r\n--B--\r\n',
    ],
)
def test_multipart_form_that_is_not_as_browsers_write_it_is_none(content: bytes) -> None:
    """What two readers may read differently is compared byte by byte instead."""
    assert read_form(posted(b"multipart/form-data; boundary=B"), content) is None


@given(st.binary(max_size=60) | st.lists(st.sampled_from([b"--B", b"\r\n", HEAD, b"--", b"x"])).map(b"".join))
def test_any_bytes_are_a_multipart_form_or_none(content: bytes) -> None:
    """It never raises."""
    read = read_form(posted(b"multipart/form-data; boundary=B"), content)

    assert read is None or all(isinstance(field, FormField) for field in read)


@pytest.mark.parametrize(
    "head",
    [
        b'content-disposition:form-data;name="a"',
        b"Content-Disposition: form-data; name=a",
        b'Content-Disposition: form-data; filename="x;y"; name="a"',
        b"Content-Type: text/plain\r\nContent-Disposition: form-data; name=\"a\"; filename*=utf-8''x",
    ],
)
def test_name_is_read_however_it_is_written(head: bytes) -> None:
    """In any order of parameters, quoted or not."""
    read = read_form(posted(b'multipart/form-data; boundary="B"'), b"--B\r\n" + head + b"\r\n\r\n1\r\n--B--\r\n")

    assert read == [FormField(b"a", b"1", head)]


@pytest.mark.parametrize("kind", [b"multipart/form-data", b"multipart/form-data; boundary=", b"text/plain", b""])
def test_what_is_no_form_is_none(kind: bytes) -> None:
    """Nor a multipart form without a boundary."""
    assert read_form(posted(kind), b"a=1") is None
    assert is_form(posted(kind)) is kind.startswith(b"multipart")


def test_form_of_too_many_fields_is_none() -> None:
    """Reading it would cost more than it is worth."""
    assert len(read_form(FORM, b"a&" * (MOST_FIELDS - 1)) or ()) == MOST_FIELDS - 1
    assert read_form(FORM, b"a&" * MOST_FIELDS) is None
    request, content = multipart(*[part("a", b"")] * MOST_FIELDS)
    assert read_form(request, content) is None
