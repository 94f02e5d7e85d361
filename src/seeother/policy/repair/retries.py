# SPDX-License-Identifier: Apache-2.0
"""Repairs of what an answer says about coming back."""

from seeother.journey import RouteKind
from seeother.message import Exchange, first, read_date, read_retry_after, replaced, to_retry_after, without
from seeother.policy.problem import is_navigation

from .answer_in_hand import Answer, Terms

_LONGEST = 31 * 86_400  # seconds, as RTY002 has it: a quota of a month is the longest that anybody waits
_ACTING = frozenset({RouteKind.ACTION, RouteKind.CALLBACK, RouteKind.RETURN})
_SPREAD = 2  # up to half as much again, so that not everybody comes back at once


def told_when(answer: Answer, _exchange: Exchange, terms: Terms) -> Answer | None:
    """RTY001: Retry-After with chance in it, so that not everybody comes back at once."""
    if first(answer.fields, b"retry-after") is not None:
        return None
    return answer._replace(fields=(*answer.fields, (b"retry-after", _by_chance(terms))))


def told_in_seconds(answer: Answer, exchange: Exchange, terms: Terms) -> Answer | None:
    """RTY002: one Retry-After in seconds; what cannot be read or meant is replaced by the site's own delay."""
    if first(answer.fields, b"retry-after") is None:
        return None
    seconds = _delay(answer, exchange)
    told = _by_chance(terms) if seconds is None else to_retry_after(seconds)
    return answer._replace(fields=replaced(answer.fields, b"retry-after", told))


def brought_back(answer: Answer, exchange: Exchange, terms: Terms) -> Answer | None:
    """RTY003: Refresh for a person who waits, as browsers ignore Retry-After; where asking again does nothing."""
    request = exchange.request
    may_come_back = request.method in {"GET", "HEAD"} and terms.declaration.kind not in _ACTING
    if not may_come_back or not is_navigation(request) or first(answer.fields, b"refresh") is not None:
        return None if answer.content == exchange.content else answer  # the page that stands in has a link
    seconds = _delay(answer, exchange)
    told = _by_chance(terms) if seconds is None else to_retry_after(seconds)
    return answer._replace(fields=(*answer.fields, (b"refresh", told)))


def left_alone(answer: Answer, _exchange: Exchange, _terms: Terms) -> Answer | None:
    """RTY004: no Refresh on the page that a POST produced; one in the page's own markup stays."""
    if first(answer.fields, b"refresh") is None:
        return None
    return answer._replace(fields=without(answer.fields, b"refresh"))


def _delay(answer: Answer, exchange: Exchange) -> float | None:
    """The seconds that Retry-After gives; None where they are unknown, over, or more than anybody waits."""
    wait = read_retry_after(first(answer.fields, b"retry-after") or b"")
    made = read_date(first(answer.fields, b"date") or b"")
    now = exchange.at if made is None else made.timestamp
    if wait is None or (wait.date is not None and now is None):
        return None
    seconds = wait.delay(now or 0.0)
    return seconds if 0 < seconds <= _LONGEST else None


def _by_chance(terms: Terms) -> bytes:
    return to_retry_after(terms.retry_after * (1 + terms.chance() / _SPREAD))
