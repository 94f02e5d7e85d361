# SPDX-License-Identifier: Apache-2.0
"""Content is read as a JSON object, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import Exchange, Request, ResponseHead
from seeother.rules import judge
from seeother.rules.error.document import READ_BYTES, read_object

PIECES = st.sampled_from(
    [b"{", b"}", b"[", b'"status":', b'"error":', b'"detail":', b'"type":', b"503", b"NaN", b'"a"', b",", b"\xff", b" "]
)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b' {"a": 1}\n', {"a": 1}),
        (b"[1]", None),
        (b"1", None),
        (b'{"a": ', None),
        (b"", None),
        (None, None),
        (b'{"a": "\xff"}', None),
        (b'{"a": ' + b"[" * 20_000 + b"]" * 20_000 + b"}", None),
        (b'{"a": ' + b"9" * 5_000 + b"}", None),
        (b'{"a": "' + b"x" * READ_BYTES + b'"}', None),
    ],
)
def test_reads_objects_only(content: bytes | None, expected: object) -> None:
    """What is no object, not JSON, nested without end or too large is None."""
    assert read_object(content) == expected


@given(
    content=st.binary(max_size=60) | st.lists(PIECES, max_size=20).map(b"".join),
    media_type=st.sampled_from([b"application/json", b"application/problem+json", b"text/html", b"\xff"]),
    length=st.sampled_from([b"0", b"7", b"9" * 40, b"\xb2", b"-1"]),
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    status=st.sampled_from([200, 201, 400, 409, 422, 503]),
)
def test_judging_never_raises(content: bytes, media_type: bytes, length: bytes, method: str, status: int) -> None:
    """Whatever an error holds, a verdict comes out, and what it says is short."""
    fields = ((b"content-type", media_type), (b"content-length", length))
    request = Request(method, "/orders", fields=((b"accept", b"application/json"),))

    found = judge(Exchange(request, ResponseHead(status, fields), content))

    assert all(len(finding.message) < 600 for finding in found)
    assert all(len(value) <= 200 for finding in found for value in finding.evidence.values())
