# SPDX-License-Identifier: Apache-2.0
"""Repairs of what an answer says to caches."""

from seeother.message import Exchange, Fields, cache_directives, first, replaced, without

from .answer_in_hand import Answer, Terms

_LIFETIMES = frozenset({b"cdn-cache-control", b"expires", b"pragma", b"surrogate-control"})
_NO_STORE = b"no-store"
_PRIVATE = b"private, no-store"  # private is for caches that do not know no-store
_NO_CACHE = b"no-cache"


def unstored(answer: Answer, _exchange: Exchange, _terms: Terms) -> Answer | None:
    """CAC001, CAC003, CAC005, RTY006, FBK004: no-store instead of whatever lifetime there was."""
    is_private = b"private" in cache_directives(answer.fields)
    return answer._replace(fields=_with_cache_control(answer.fields, _PRIVATE if is_private else _NO_STORE))


def unshared(answer: Answer, _exchange: Exchange, _terms: Terms) -> Answer | None:
    """CAC002: nothing for shared caches, for the answer is one person's."""
    return answer._replace(fields=_with_cache_control(answer.fields, _PRIVATE))


def said_in_cache_control(answer: Answer, _exchange: Exchange, _terms: Terms) -> Answer | None:
    """CAC007: Cache-Control: no-cache in place of Pragma: no-cache, to which no specification gives a meaning."""
    means_it = b"no-cache" in (first(answer.fields, b"pragma") or b"").lower()
    fields = without(answer.fields, b"pragma")
    if means_it and first(fields, b"cache-control") is None:
        fields = (*fields, (b"cache-control", _NO_CACHE))
    return answer._replace(fields=fields)


def _with_cache_control(fields: Fields, value: bytes) -> Fields:
    kept = [field for field in fields if field[0] not in _LIFETIMES]
    return replaced(kept, b"cache-control", value)
