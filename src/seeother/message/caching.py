# SPDX-License-Identifier: Apache-2.0
"""Who may store an answer: what its fields say to the caches that people share (RFC 9111 section 3)."""

from collections.abc import Iterable

from .fields import Field, every

_CACHE_FIELDS = (b"cache-control", b"cdn-cache-control", b"surrogate-control")  # RFC 9111, RFC 9213, Edge Architecture


def invites_sharing(fields: Iterable[Field]) -> bool:
    """Whether an answer's fields invite shared caches to store it, and be it by a lifetime alone."""
    lines = tuple(fields)
    return any(_invites(_directives(lines, name)) for name in _CACHE_FIELDS)


def forbids_sharing(fields: Iterable[Field]) -> bool:
    """Whether an answer's fields keep shared caches from storing it; without a word they may."""
    return _forbids(_directives(fields, b"cache-control"))


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
        for part in value.lower().split(b","):
            directive, _, argument = part.partition(b"=")
            directives[directive.strip()] = argument.strip(b' \t"')
    return directives
