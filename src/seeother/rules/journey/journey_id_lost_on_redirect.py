# SPDX-License-Identifier: Apache-2.0
"""A redirect, or the way over another site, makes one journey into two.

## What it sees

Two answers of the same site that name their journey in `X-Journey-ID`, where the second follows a redirect of the
first, or is the return from another site to which the first has redirected, and the two names differ.
A redirect within the site after which the request no longer carries the trace (`traceparent`) or the
`X-Journey-ID` that it carried before is advice, and so is another trace.
Answers that do not say which journey they belong to, and other sites, are not judged.

## Why it hurts

The steps of one person then stand in two journeys: one looks abandoned and the other seems to begin at the payment.
Rates of success are wrong for everybody who pays, and the timeline of the order that went wrong is torn in two.

## What to do

Keep the journey in a first-party cookie with `SameSite=Lax`: it comes with navigations, forms and `GET`s after a
return, and a script need not add anything.
A form and a link cannot carry a field like `X-Journey-ID`, and to another origin it costs a preflight.
For the return from a provider put a signed token into the return address.
The guard does both.

## Example

    POST /orders            303, Location: /orders/7     X-Journey-ID: 5f2c
    GET /orders/7           200                          X-Journey-ID: 91d0

## Sources

W3C Trace Context, section 3.2 (traceparent).
Chromium 156, measured: a field set by `fetch` survived redirects within the origin; form posts and navigations carry
none.
"""

from collections.abc import Iterator
from itertools import pairwise

from seeother.journey import Severity, Trail
from seeother.message import Exchange, first, origin_of

from ..chain import chains, next_ask
from ..excerpt import asked, excerpt
from ..rule import OnTrail, Repair, Rule, Sighting, Visibility

_JOURNEY, _TRACE = b"x-journey-id", b"traceparent"
_TRACE_ID = slice(3, 35)  # of traceparent: version, dash, trace id
_RETURN_WITHIN = 3600.0  # seconds; who comes back from a bank later begins anew


def _see(trail: Trail) -> Iterator[Sighting]:
    pairs = {pair for chain in chains(trail) for pair in pairwise(chain)}
    for before, after in sorted(pairs | set(_returns(trail)), key=lambda pair: pair[1]):
        left, right = trail.exchanges[before], trail.exchanges[after]
        if origin_of(left.request) == origin_of(right.request):
            sighting = _changed(left, right, after) or ((before, after) in pairs and _dropped(left, right, after))
            if sighting:
                yield sighting


def _returns(trail: Trail) -> Iterator[tuple[int, int]]:
    """Who left the site by a redirect, and the first exchange after which they were back from elsewhere."""
    left: dict[object, int] = {}
    for index, exchange in enumerate(trail.exchanges):
        origin = origin_of(exchange.request)
        if origin in left and first(exchange.request.fields, b"sec-fetch-site") == b"cross-site":
            before = left.pop(origin)
            if _is_soon(trail.exchanges[before], exchange):
                yield before, index
        following = next_ask(exchange)
        if following is not None and following.origin != origin and _said(exchange) is not None:
            left[origin] = index


def _changed(left: Exchange, right: Exchange, index: int) -> Sighting | None:
    before, after = _said(left), _said(right)
    if before is None or after is None or before == after:
        return None
    return Sighting(
        f"`{asked(right.request)}` belongs to the journey `{excerpt(after)}`, though it follows from"
        f" `{asked(left.request)}` in `{excerpt(before)}`.",
        {"before": excerpt(before), "after": excerpt(after)},
        exchange=index + 1,
    )


def _dropped(left: Exchange, right: Exchange, index: int) -> Sighting | None:
    """What the client sent with the first request and no longer with the second."""
    for name, what in ((_JOURNEY, "`X-Journey-ID`"), (_TRACE, "trace")):
        before, after = (first(each.request.fields, name) for each in (left, right))
        if name == _TRACE:
            before, after = (None if value is None else value[_TRACE_ID] for value in (before, after))
        if before and before != after:
            wrong = f"comes without the {what} of" if after is None else f"has another {what} than"
            return Sighting(
                f"`{asked(right.request)}` {wrong} `{asked(left.request)}`, from which it follows.",
                {"before": excerpt(before), "after": "none" if after is None else excerpt(after)},
                Severity.ADVICE,
                index + 1,
            )
    return None


def _said(exchange: Exchange) -> bytes | None:
    return first(exchange.response.fields, _JOURNEY) or None


def _is_soon(earlier: Exchange, later: Exchange) -> bool:
    return earlier.at is None or later.at is None or later.at - earlier.at <= _RETURN_WITHIN


RULE = Rule(
    code="JNY007",
    name="journey-id-lost-on-redirect",
    severity=Severity.WARNING,
    source="W3C Trace Context 3.2",
    visibility=(Visibility.SEQUENCE,),
    repair=Repair.DEFAULT,
    cure="Keep the journey in a first-party cookie, and in a signed token on the way over another site.",
    text=__doc__ or "",
    checks=(OnTrail(_see),),
)
