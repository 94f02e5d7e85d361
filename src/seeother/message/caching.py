# SPDX-License-Identifier: Apache-2.0
"""Who may store an answer and for how long: what its fields say to caches (RFC 9111)."""

from collections.abc import Iterable
from enum import Enum

from .date import read_date
from .fields import Field, every, first
from .quoting import parts_of, unquoted
from .status import Status

CACHE_FIELDS = (b"cache-control", b"cdn-cache-control", b"surrogate-control")  # RFC 9111, RFC 9213, Edge Architecture
_REGISTERED = frozenset(Status)
_BY_DEFAULT = frozenset(status for status in Status if status.is_cacheable_by_default)
_FINAL = 200  # codes below are interim
_SECONDS_MOST = 2**31  # RFC 9111 section 1.2.2: what is larger counts as this
_DIGITS_MOST = 10


class Sharing(Enum):
    """What an answer's fields say to shared caches: store it, do not store it, or nothing."""

    INVITED = "invited"
    FORBIDDEN = "forbidden"
    OPEN = "open"


def sharing(fields: Iterable[Field]) -> Sharing:
    """What an answer's fields say to shared caches."""
    lines = [field for field in fields if field[0] in CACHE_FIELDS]  # most answers have none
    if not lines:
        return Sharing.OPEN
    if invites_sharing(lines):
        return Sharing.INVITED
    return Sharing.FORBIDDEN if forbids_sharing(lines) else Sharing.OPEN


def cache_directives(fields: Iterable[Field]) -> dict[bytes, bytes]:
    """The directives of Cache-Control, lower case, with their arguments; of one that stands twice the first counts."""
    return _directives(fields, b"cache-control")


def invites_sharing(fields: Iterable[Field]) -> bool:
    """Whether an answer's fields invite shared caches to store it, and be it by a lifetime alone."""
    lines = tuple(fields)
    return any(_invites(_directives(lines, name)) for name in CACHE_FIELDS)


def forbids_sharing(fields: Iterable[Field]) -> bool:
    """Whether an answer's fields keep shared caches from storing it; without a word they may."""
    return _forbids(_directives(fields, b"cache-control"))


def is_storable(status: int, fields: Iterable[Field]) -> bool:
    """Whether a shared cache may store this answer to a GET without Authorization (RFC 9111 section 3)."""
    lines = tuple(fields)
    if status < _FINAL:
        return False
    directives = cache_directives(lines)
    if b"must-understand" in directives and status in _REGISTERED:
        directives.pop(b"no-store", None)  # it is there for the caches that do not know must-understand (5.2.2.3)
    if _forbids(directives):
        return any(_invites(_directives(lines, name)) for name in CACHE_FIELDS[1:])
    return (
        status in _BY_DEFAULT
        or first(lines, b"expires") is not None
        or not directives.keys().isdisjoint({b"public", b"max-age", b"s-maxage"})
        or invites_sharing(lines)
    )


def freshness(fields: Iterable[Field], at: float | None = None) -> float | None:
    """The seconds for which some cache may use the answer unasked, as its fields say; None when they do not say.

    What is written wrong counts as stale (RFC 9111 section 4.2.1). Expires needs the answer's Date or, for want of
    one, the time `at` which it was made.
    """
    lines = tuple(fields)
    directives = cache_directives(lines)
    if b"no-store" in directives or b"no-cache" in directives:
        return 0.0
    given = [_seconds(directives[name]) for name in (b"max-age", b"s-maxage") if name in directives]
    if given:
        return max(given)
    expires = first(lines, b"expires")
    if expires is None:
        return None
    end, made = read_date(expires), read_date(first(lines, b"date") or b"")
    if end is None:
        return 0.0
    start = made.timestamp if made is not None else at
    return None if start is None else max(0.0, end.timestamp - start)


def _seconds(argument: bytes) -> float:
    if not argument.isdigit():
        return 0.0
    digits = argument.lstrip(b"0") or b"0"
    return float(min(_SECONDS_MOST, int(digits[: _DIGITS_MOST + 1])))


def _invites(directives: dict[bytes, bytes]) -> bool:
    if _forbids(directives):
        return False
    lasting = directives.get(b"max-age", b"").strip(b"0") != b"" and b"no-cache" not in directives
    return lasting or b"public" in directives or b"s-maxage" in directives


def _forbids(directives: dict[bytes, bytes]) -> bool:
    """With field names, `private` is about those only (RFC 9111 section 5.2.2.7)."""
    return b"no-store" in directives or directives.get(b"private") == b""


def _directives(fields: Iterable[Field], name: bytes) -> dict[bytes, bytes]:
    """The cache directives in all lines of a field, with their arguments."""
    directives: dict[bytes, bytes] = {}
    for value in every(fields, name):
        for part in parts_of(value.lower(), b","):
            directive, _, argument = part.partition(b"=")
            directives.setdefault(directive.rstrip(b" \t"), unquoted(argument.strip(b" \t")))
    return directives
