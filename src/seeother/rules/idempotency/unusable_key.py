# SPDX-License-Identifier: Apache-2.0
"""The key of an action is missing, malformed, or made anew for each try.

## What it sees

In the running application: a request that the guard has refused because its key is missing or malformed.
On routes that require a key: a `POST` or `PATCH` that was answered `2xx` with a malformed one, or with JSON and none.
In a sequence: the same action that is sent again within a minute, after an error or no answer, under another key.
A key without quotes is accepted, as almost all clients send it so; the guard tells of it once for each route, as
advice.
A key in a form's content is not seen, so that a form without the field is not judged; neither is a try with a content
of another length, which is another action.

## Why it hurts

A key says "this is the one from before".
A client library that makes one for each request, the repetitions included, has two orders whenever the network
hiccups, and believes itself safe.

## What to do

Make the key when the person decides, not when the request is sent: with the form, or where the button is handled.
Keep it for each repetition, over a restart as well.
Use 1 to 255 visible characters; a UUID in quotes is right.

## Example

    POST /orders    Idempotency-Key: "7d1f"     504
    POST /orders    Idempotency-Key: "91d0"     201         the first may have been carried out as well

## Sources

draft-ietf-httpapi-idempotency-key-header-07, sections 2.1, 2.2 and 2.7 (the draft has expired).
RFC 9651, section 3.3.3 (strings).
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from seeother.journey import Declaration, Incident, IncidentKind, Severity, Trail
from seeother.message import Exchange, Request, first, read_string_item

from ..audience import sends_json
from ..excerpt import asked, excerpt, told
from ..rule import SUCCESSES, OnExchange, OnIncident, OnTrail, Repair, Rule, Sighting, Visibility

_NAMES = frozenset({b"idempotency-key", b"x-idempotency-key"})
_METHODS = frozenset({"POST", "PATCH"})
_BARE = re.compile(rb"[!#-~]{1,255}\Z")
_STRING = re.compile(r"[!-~]{1,255}\Z")  # the content of a structured field's
_NO_ANSWER = 0  # what recordings note for an exchange that was cut
_FAILURES = frozenset({_NO_ANSWER, 408, 500, 502, 503, 504})  # after which a client tries again by itself
_SOON = 60.0  # seconds


class _Try(NamedTuple):
    """One sending of an action; `place` is the exchange's index."""

    place: int
    key: bytes


def _see(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request = exchange.request
    keys = _keys(request)
    if not keys:
        return (
            Sighting(f"`{asked(request)}` was carried out without the key that it needs.")
            if sends_json(request)
            else None
        )
    if all(_is_usable(key) for key in keys) and len(set(keys)) == 1:
        return None
    wrong = "more than one key" if len(set(keys)) > 1 else "a malformed key"
    return Sighting(f"`{asked(request)}` was carried out with {wrong}.", {"length": str(max(map(len, keys)))})


def _is_usable(key: bytes) -> bool:
    return bool(_BARE.match(key) or _STRING.match(read_string_item(key) or ""))


def _see_incident(incident: Incident) -> Sighting:
    what = "An action" if incident.request is None else f"`{asked(incident.request)}`"
    why = incident.detail.get("why", "its key cannot be used")
    return Sighting(f"{what} was refused: {excerpt(why)}.", told(incident.detail))


def _see_bare(incident: Incident) -> Sighting:
    what = "An action" if incident.request is None else f"`{asked(incident.request)}`"
    return Sighting(f"{what} has its key without quotes, which is taken as it is.", severity=Severity.ADVICE)


def _see_trail(trail: Trail) -> Iterator[Sighting]:
    failed: dict[tuple[str, str, bytes, bytes, bytes | None], _Try] = {}
    for index, exchange in enumerate(trail.exchanges):
        request = exchange.request
        keys = _keys(request)
        if request.method not in _METHODS or not keys:
            continue
        length = first(request.fields, b"content-length")
        action = (request.method, request.path, request.query, request.authority, length)
        earlier = failed.pop(action, None)
        if earlier is not None and earlier.key != keys[0] and _is_soon(trail, earlier.place, index):
            got = trail.exchanges[earlier.place].response.status
            yield Sighting(
                f"`{asked(request)}` was sent again with another key after {f'`{got}`' if got else 'no answer'}.",
                {"first": str(earlier.place + 1)},
                exchange=index + 1,
            )
        if exchange.response.status in _FAILURES:
            failed[action] = _Try(index, keys[0])


def _is_soon(trail: Trail, earlier: int, later: int) -> bool:
    """Whether a client most likely tries again; where the times are not known, only what follows at once."""
    before, after = trail.exchanges[earlier].at, trail.exchanges[later].at
    if before is None or after is None:
        return later == earlier + 1
    return after - before <= _SOON


def _keys(request: Request) -> list[bytes]:
    return [value.strip() for name, value in request.fields if name in _NAMES]


def _needs_key(declaration: Declaration) -> bool:
    return declaration.needs_key


RULE = Rule(
    code="IDM005",
    name="unusable-key",
    severity=Severity.WARNING,
    source="draft idempotency-key-header 2.1, 2.7",
    visibility=(Visibility.EXCHANGE, Visibility.SEQUENCE, Visibility.IN_PROCESS),
    repair=Repair.DEFAULT,
    cure="Make the key when the person decides, and keep it for each repetition.",
    text=__doc__ or "",
    checks=(
        OnExchange(_see, methods=_METHODS, statuses=SUCCESSES, where=_needs_key),
        OnTrail(_see_trail),
        OnIncident(_see_incident, kinds=frozenset({IncidentKind.KEY_UNUSABLE})),
        OnIncident(_see_bare, kinds=frozenset({IncidentKind.KEY_BARE})),
    ),
)
