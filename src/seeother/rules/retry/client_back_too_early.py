# SPDX-License-Identifier: Apache-2.0
"""A client came back before the time that it had been told.

## What it sees

A `429` or `503` with a `Retry-After`, and the same request of the same client before that time was over.
People who reload a page are not meant, because their browser does not tell them; nor is what was sent within the first
second, when the answer may not have been there yet.
The finding stands at the request that came too early, once for each refusal.

## Why it hurts

The server has said that it cannot, and spends what it has on saying so again.
Such clients keep a server down that would recover by itself.

## What to do

Let the client read `Retry-After`, in seconds and as a date, and wait with some chance in it.
httpx and Go's client do not heed it by themselves; urllib3 does for `413`, `429` and `503` of idempotent methods.
The guard only reports, and counts.

## Example

    12:00:00   GET /api/stock HTTP/1.1             HTTP/1.1 429 Too Many Requests
                                                   Retry-After: 30

    12:00:05   GET /api/stock HTTP/1.1

## Sources

RFC 9110, section 10.2.3 (Retry-After).
urllib3 2.8, httpx and Go 1.27, read.
"""

from collections.abc import Iterator
from typing import NamedTuple

from seeother.journey import Severity, Trail
from seeother.message import Request, first, read_retry_after

from ..audience import is_navigation
from ..excerpt import asked
from ..rule import OnTrail, Repair, Rule, Sighting, Visibility

_REFUSALS = frozenset({429, 503})
_UNDER_WAY = 1.0  # seconds in which the answer may not have arrived
_TOLERANCE = 1.0  # seconds by which clocks and rounding may differ


class _Refusal(NamedTuple):
    status: int
    at: float
    delay: float


def _see(trail: Trail) -> Iterator[Sighting]:
    refusals: dict[Request, _Refusal] = {}
    for index, exchange in enumerate(trail.exchanges, 1):
        request, (status, fields), at = exchange.request, exchange.response, exchange.at
        if at is None or is_navigation(request):
            continue
        asking = request._replace(fields=(), client=None)
        refusal = refusals.get(asking)
        if refusal is not None and at - refusal.at > _UNDER_WAY:
            del refusals[asking]
            if at - refusal.at < refusal.delay - _TOLERANCE:
                yield Sighting(
                    f"`{asked(request)}` came back after {at - refusal.at:.0f} s, "
                    f"{refusal.delay:.0f} s having been asked for by a `{refusal.status}`.",
                    {"retry-after": f"{refusal.delay:.0f}", "came-after": f"{at - refusal.at:.0f}"},
                    exchange=index,
                )
        wait = read_retry_after(first(fields, b"retry-after") or b"") if status in _REFUSALS else None
        if wait is not None:
            refusals[asking] = _Refusal(status, at, wait.delay(at))


RULE = Rule(
    code="RTY005",
    name="client-back-too-early",
    severity=Severity.ADVICE,
    source="RFC 9110 10.2.3",
    visibility=(Visibility.SEQUENCE,),
    repair=Repair.NONE,
    cure="Let the client wait as long as Retry-After says.",
    text=__doc__ or "",
    checks=(OnTrail(_see),),
)
