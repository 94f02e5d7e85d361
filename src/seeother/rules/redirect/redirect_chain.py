# SPDX-License-Identifier: Apache-2.0
"""One redirect leads to the next, more than five times or in a circle.

## What it sees

Exchanges of one client that follow from each other: each is the target of the redirect before it, within a minute.
More than five redirects in a row are a warning.
A circle, that is, a request that gets the same redirect for the second time, is an error if no page ever comes.
To be sent to the same address once more, for instance to see whether a cookie was kept, is no circle yet.

## Why it hurts

Each redirect costs a round trip before the person sees anything, which on a mobile phone may be most of the wait.
After 20 of them a browser gives up with an error page of its own.
Circles mostly depend on a cookie, so they strike some people always and the developer never: a cookie that is not sent
back, a scheme or a host that two places have different views of, a session that has expired halfway.

## What to do

Let the first redirect name the last address: scheme, host, slash and language at once.
Where a redirect waits for a cookie, put a mark into the target, and show a page that explains when it is there already.

## Example

    GET /checkout HTTP/1.1                         HTTP/1.1 303 See Other
                                                   Location: /login?next=/checkout

    GET /login?next=/checkout HTTP/1.1             HTTP/1.1 303 See Other
                                                   Location: /checkout

## Sources

RFC 9110, section 15.4 (a client ought to detect and intervene in cyclical redirections).
Fetch standard, HTTP-redirect fetch: after 20 redirects it is a network error.
"""

from collections.abc import Iterator

from seeother.journey import Severity, Trail
from seeother.message import REDIRECTS

from ..chain import Ask, ask_of, chains, next_ask
from ..excerpt import asked, excerpt
from ..rule import OnTrail, Repair, Rule, Sighting, Visibility

BUDGET = 5  # redirects; a sign-in through another site takes four
_SHOWN = 6  # paths of a chain


def _see(trail: Trail) -> Iterator[Sighting]:
    for chain in chains(trail):
        redirects = [index for index in chain if trail.exchanges[index].response.status in REDIRECTS]
        circle = _circle(trail, chain)
        if circle and chain[-1] == redirects[-1]:
            first = trail.exchanges[circle[0]].request
            message = f"`{asked(first)}` leads back to itself after {_times(len(circle))}, and no page comes."
            yield Sighting(message, {"way": _way(trail, circle)}, Severity.ERROR, exchange=circle[0] + 1)
        elif len(redirects) > BUDGET:
            first = trail.exchanges[chain[0]].request
            message = f"`{asked(first)}` takes {_times(len(redirects))} to arrive, and {BUDGET} are plenty."
            yield Sighting(message, {"way": _way(trail, chain)}, exchange=chain[0] + 1)


def _circle(trail: Trail, chain: list[int]) -> list[int]:
    """The exchanges from one redirect up to where the same one is met again; none where it never is."""
    met: dict[tuple[Ask | None, Ask], int] = {}
    for place, index in enumerate(chain):
        following = next_ask(trail.exchanges[index])
        if following is not None:
            step = ask_of(trail.exchanges[index].request), following
            if step in met:
                return chain[met[step] : place]
            met[step] = place
    return []


def _way(trail: Trail, chain: list[int]) -> str:
    paths = [trail.exchanges[index].request.path for index in chain[:_SHOWN]]
    return excerpt(" -> ".join([*paths, "..."] if len(chain) > _SHOWN else paths))


def _times(redirects: int) -> str:
    return "1 redirect" if redirects == 1 else f"{redirects} redirects"


RULE = Rule(
    code="RED006",
    name="redirect-chain",
    severity=Severity.WARNING,
    source="RFC 9110 15.4",
    visibility=(Visibility.SEQUENCE,),
    repair=Repair.NONE,
    cure="Let the first redirect name the last address, and explain instead of going in circles.",
    text=__doc__ or "",
    checks=(OnTrail(_see),),
)
