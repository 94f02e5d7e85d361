# SPDX-License-Identifier: Apache-2.0
"""Tells what in a path is a name and what is a word of it.

One visit shows each route once, so a path has to tell by itself: names are numbers, digests and the like, what stands
below a shop's catalogue, and what no path would be written with.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

_ID = re.compile(
    r"\d+|[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{27}|(?=[^0-9]*\d)(?:[0-9a-f]{8,}|[A-Za-z0-9_-]{12,})|(?=.*\d)[A-Z]{1,4}[-_]?\d{3,}"
)
_PLAIN = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=%-]+")  # no @: that is somebody's address
_CATALOGUES = frozenset({"product", "products", "item", "items", "p", "category", "categories", "collection",
                         "collections"})  # fmt: skip


def template_of(path: str) -> str:
    """A path with placeholders for what looks like a name in it."""
    return "/" + "/".join(_segments(path.removeprefix("/").split("/")))


def _segments(segments: Sequence[str]) -> Iterator[str]:
    names: Counter[str] = Counter()
    before = ""
    for segment in segments:
        name = _name(segment, before)
        if name is None:
            yield segment
        else:
            names[name] += 1
            yield f"{{{name}{names[name] if names[name] > 1 else ''}}}"
        before = segment.lower()


def _name(segment: str, before: str) -> str | None:
    """What a segment is the name of; None where it is a word of the path."""
    if not segment:
        return None
    if _ID.fullmatch(segment) or not _PLAIN.fullmatch(segment):
        return "id"
    return "slug" if before in _CATALOGUES else None
