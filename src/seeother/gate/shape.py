# SPDX-License-Identifier: Apache-2.0
"""What is known about an answer from its method, its status and the names of its fields alone.

The answers of one place have the same shape nearly always, so it is worked out once and looked up from then on.
"""

from typing import NamedTuple

from seeother.message import CACHE_FIELDS, Sharing, sharing
from seeother.rules import Docket, Suspect

UNKNOWN = frozenset({500, 502, 504})  # the action may have been done; 503 says that it was not (RFC 9110 15.6.4)
_FIRST_ERROR = 400
_READ = CACHE_FIELDS[0]  # the field about caching whose value is part of the shape


class Outline(NamedTuple):
    """What a shape is known by; `caching` is the value of Cache-Control."""

    method: str
    status: int
    names: tuple[bytes, ...]
    caching: bytes | None


class Shape(NamedTuple):
    """The checks worth making of the head alone, and of the content, too.

    `is_regular` tells that nothing but these checks and the journey's renewal changes such an answer; `sharing` is what
    it says to caches.
    """

    is_regular: bool
    suspects: tuple[Suspect, ...]
    within: tuple[Suspect, ...]
    sharing: Sharing


def shape_of(docket: Docket, outline: Outline, *, is_action: bool, problems: bool) -> Shape:
    """The shape of an answer with this outline.

    `is_action` and `problems` say of its place that an unknown outcome is told there, and errors are made problems.
    """
    method, status, names, caching = outline
    fields = tuple([(name, b"") for name in names])
    is_regular = (
        all(name == name.lower() and (name == _READ or name not in CACHE_FIELDS) for name in names)
        and not (is_action and status in UNKNOWN)
        and not (problems and status >= _FIRST_ERROR)
    )  # fmt: skip
    return Shape(
        is_regular,
        docket.suspects(method, status, fields, with_content=False),
        docket.suspects(method, status, fields, with_content=True),
        sharing(() if caching is None else ((_READ, caching),)),
    )
