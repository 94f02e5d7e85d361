# SPDX-License-Identifier: Apache-2.0
"""Which of several media types a client would rather have (RFC 9110 section 12.5.1)."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from .quoting import parts_of, unquoted

_WEIGHT = re.compile(
    rb"(?:0|1|)(?:\.[0-9]*)?"
)  # more digits than three, and none before the point, are met in the wild
_ANYTHING = b"*/*"
_KEPT_MOST = 1024  # bytes of a value that is worth keeping in its read form


class _Range(NamedTuple):
    """A media range, its parameters and its weight."""

    media: bytes
    parameters: frozenset[tuple[bytes, bytes]]
    weight: float


def preferred(accept: bytes | None, offered: Sequence[bytes]) -> bytes | None:
    """The offered media type that the client likes best, the first of those it likes alike; None if it takes none.

    Without the field, or with nothing in it, everything is welcome. Several lines are joined with a comma first.
    """
    ranges = None if accept is None else (_ranges if len(accept) <= _KEPT_MOST else _ranges.__wrapped__)(accept)
    if ranges is None:
        return offered[0] if offered else None
    best, best_weight = None, 0.0
    for media_type in offered:
        weight = _weight(media_type, ranges)
        if weight > best_weight:
            best, best_weight = media_type, weight
    return best


@lru_cache(maxsize=256)  # browsers have few ways to say it
def _ranges(accept: bytes) -> tuple[_Range, ...] | None:
    """The ranges that can be read; None when nothing is there."""
    parts = parts_of(accept, b",")
    return tuple([found for part in parts if (found := _range(part)) is not None]) if parts else None


def _weight(media_type: bytes, ranges: tuple[_Range, ...]) -> float:
    """What the most specific range that fits says; 0 where none fits."""
    mine = _offer(media_type)
    if mine is None:
        return 0.0
    weight, most = 0.0, -1
    for found in ranges:
        if found.media == mine.media:
            rank = 2
        elif found.media == _ANYTHING:
            rank = 0
        elif found.media[-2:] == b"/*" and mine.media.startswith(found.media[:-1]):
            rank = 1
        else:
            continue
        if found.parameters <= mine.parameters and (rank << 16) + len(found.parameters) > most:
            weight, most = found.weight, (rank << 16) + len(found.parameters)
    return weight


def _range(part: bytes) -> _Range | None:
    media, *rest = parts_of(part, b";")[:32] or [b""]
    media = media.lower()
    if media == b"*":  # Java's URLConnection
        media = _ANYTHING
    if media.count(b"/") != 1:
        return None
    weight, parameters = 1.0, set[tuple[bytes, bytes]]()
    for parameter in rest:
        name, _, argument = parameter.partition(b"=")
        name, argument = name.strip().lower(), argument.strip()
        if name != b"q":
            parameters.add((name, unquoted(argument).lower()))
        elif argument.strip(b".") and _WEIGHT.fullmatch(argument):
            weight = min(1.0, float(argument))
        else:
            return None
    return _Range(media, frozenset(parameters), weight)


_offer = lru_cache(maxsize=64)(_range)  # what an application offers is written in its code
