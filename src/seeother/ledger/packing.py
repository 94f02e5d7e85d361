# SPDX-License-Identifier: Apache-2.0
"""An answer as bytes, as stores keep it that have no columns for its parts."""

from collections.abc import Sequence

from seeother.message import Response


def packed(answer: Response) -> bytes:
    """Status and lengths in one line, then names, values and content."""
    parts = [part for pair in answer.fields for part in pair]
    numbers: Sequence[int] = [answer.status, *map(len, parts)]
    return b"%s\n%s%s" % (" ".join(map(str, numbers)).encode(), b"".join(parts), answer.content)


def unpacked(data: bytes) -> Response:
    """The answer again, byte for byte."""
    line, _, rest = data.partition(b"\n")
    status, *lengths = map(int, line.split())
    parts: list[bytes] = []
    at = 0
    for length in lengths:
        parts.append(rest[at : at + length])
        at += length
    return Response(status, tuple(zip(parts[::2], parts[1::2], strict=True)), rest[at:])
