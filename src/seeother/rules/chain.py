# SPDX-License-Identifier: Apache-2.0
"""Finds in a trail which exchanges followed from which redirects, whatever else the client asked for meanwhile."""

from typing import NamedTuple
from urllib.parse import unquote

from seeother.journey import Trail
from seeother.message import REDIRECTS, Exchange, Origin, Request, Target, every, resolve

_FOLLOWED_WITHIN = 60.0  # seconds; who comes later comes by themselves
_PRESERVING = frozenset({307, 308})


class Ask(NamedTuple):
    """What is asked for: a method and a target without its fragment."""

    method: str
    origin: Origin
    path: str
    query: str


def chains(trail: Trail) -> list[list[int]]:
    """The indices of exchanges that followed from each other, at least two a chain, by their beginning."""
    waiting: dict[Ask, list[int]] = {}
    done: list[list[int]] = []
    for index, exchange in enumerate(trail.exchanges):
        ask = ask_of(exchange.request)
        chain = [] if ask is None else waiting.pop(ask, [])
        if chain and not _is_soon(trail.exchanges[chain[-1]], exchange):
            done.append(chain)
            chain = []
        chain.append(index)
        following = next_ask(exchange)
        if following is None:
            done.append(chain)
        else:
            done.append(waiting.pop(following, []))
            waiting[following] = chain
    return sorted([chain for chain in (*done, *waiting.values()) if len(chain) > 1])


def ask_of(request: Request) -> Ask | None:
    """What a request asks for."""
    return _ask(request.method, resolve(request, b""))


def next_ask(exchange: Exchange) -> Ask | None:
    """What a browser asks for next when it follows an answer; None where there is nothing to follow."""
    request, (status, fields) = exchange.request, exchange.response
    if status not in REDIRECTS:
        return None
    location = next((value for value in every(fields, b"location") if value.strip()), None)
    if location is None:
        return None
    keeps = status in _PRESERVING or request.method in {"GET", "HEAD"} or (status != 303 and request.method != "POST")  # noqa: PLR2004 - See Other
    return _ask(request.method if keeps else "GET", resolve(request, location))


def _ask(method: str, target: Target | None) -> Ask | None:
    return None if target is None else Ask(method, target.origin, unquote(target.path), target.query)


def _is_soon(redirect: Exchange, following: Exchange) -> bool:
    return redirect.at is None or following.at is None or following.at - redirect.at <= _FOLLOWED_WITHIN
