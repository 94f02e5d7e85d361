# SPDX-License-Identifier: Apache-2.0
"""Repairs of redirects that do not say what they mean, or where they lead."""

from seeother.journey import RouteKind
from seeother.message import REDIRECTS, Exchange, every, is_same_origin, replaced, resolve, to_relative

from .answer_in_hand import Answer, Terms

_SEE_OTHER = 303
_FOUND = 302
_AMBIGUOUS = frozenset({301, 302})
_PRESERVING = frozenset({307, 308})
_LEADING = REDIRECTS | {201, 202}


def see_other_after_action(answer: Answer, exchange: Exchange, terms: Terms) -> Answer | None:
    """RED001: 303 for 302 after POST; for the other pairs only where the route is declared to be an action.

    For a browser's form nothing changes but the words: Fetch turns POST into GET for both. A PUT is repeated after
    302, and 301 is also the name of a resource that has moved (RFC 9110 section 15.4): the application may mean it.
    """
    if answer.status not in _AMBIGUOUS:  # it was refused
        return answer
    if (exchange.request.method, answer.status) == ("POST", _FOUND) or terms.declaration.kind is RouteKind.ACTION:
        return answer._replace(status=_SEE_OTHER)
    return None


def see_other_without_content(answer: Answer, _exchange: Exchange, _terms: Terms) -> Answer:
    """RED002, RED003: 303 for 307 and 308, so that the content is not sent once more."""
    return answer._replace(status=_SEE_OTHER) if answer.status in _PRESERVING else answer


def one_location(answer: Answer, _exchange: Exchange, _terms: Terms) -> Answer | None:
    """RED005: one Location for several equal ones; which of different ones is meant, nobody knows."""
    locations = every(answer.fields, b"location")
    if len(locations) < 2 or len(set(locations)) > 1:  # noqa: PLR2004 - a second one
        return None
    return answer._replace(fields=replaced(answer.fields, b"location", locations[0]))


def relative_to_origin(answer: Answer, exchange: Exchange, _terms: Terms) -> Answer | None:
    """PRX004: the path alone, for a Location of the request's own origin."""
    location = _only_location(answer)
    if location is None or not is_same_origin(exchange.request, location):
        return None
    return _led_to(answer, exchange, location)


def relative_to_site(answer: Answer, exchange: Exchange, _terms: Terms) -> Answer | None:
    """PRX003: the path alone, for a Location that nobody outside can follow or that gives https up.

    Left alone where the browser would come back to the very address that it has asked for, without end.
    """
    request, location = exchange.request, _only_location(answer)
    target = None if location is None else resolve(request, location)
    here = resolve(request, b"")
    if target is None or here is None or target.path_and_query == here.path_and_query:
        return None
    fragment = "#" + target.fragment if target.fragment else ""
    guard = "/." if target.path.startswith("//") else ""  # two slashes would name a host
    return _led_to(answer, exchange, f"{guard}{target.path_and_query}{fragment}".encode())


def mounted(answer: Answer, exchange: Exchange, terms: Terms) -> Answer | None:
    """PRX005: the prefix under which a proxy mounts the application, before a path that lacks it."""
    prefix, location = terms.declaration.prefix.rstrip("/"), _only_location(answer)
    if not prefix or location is None or not is_same_origin(exchange.request, location):
        return None
    path = to_relative(exchange.request, location).removeprefix(b"/.")
    if path == prefix.encode() or path.startswith(prefix.encode() + b"/"):
        return None
    return answer._replace(fields=replaced(answer.fields, b"location", prefix.encode() + path))


def _only_location(answer: Answer) -> bytes | None:
    """The target of a redirect that has one."""
    locations = every(answer.fields, b"location")
    return locations[0] if answer.status in _LEADING and len(locations) == 1 and locations[0].strip() else None


def _led_to(answer: Answer, exchange: Exchange, reference: bytes) -> Answer:
    path = to_relative(exchange.request, reference)
    return answer._replace(fields=replaced(answer.fields, b"location", path))
