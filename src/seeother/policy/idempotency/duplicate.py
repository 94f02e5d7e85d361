# SPDX-License-Identifier: Apache-2.0
"""What a duplicate gets, by how its key stands.

    running      held until there is an answer, by `in_flight`; else 409 with Retry-After
    finished     the first answer, marked; 409 with `finished = "conflict"`, and for whoever cannot be told from others
    mismatch     422: the key was used for something else
    unknown      409: nobody knows how the first one ended

`finished = "conflict"` is the article's, and no good for a callback: what is not 2xx a sender takes for not delivered.
"""

from seeother.message import Request, Response, replaced
from seeother.policy.problem import (
    ALREADY_DONE,
    BUILT_IN_PAGE,
    HOME,
    IN_PROGRESS,
    KEY_REUSED,
    OUTCOME_UNKNOWN,
    FallbackPage,
    is_navigation,
    problem,
    wants_page,
)

from ..claim import Finished, Granted, Mismatch, Running, Unknown, Verdict
from ..route import AfterFinish, InFlight, RoutePolicy


def may_wait(request: Request, route: RoutePolicy) -> bool:
    """Whether the request is one that is held: a person who looks at a page, or whoever the route says."""
    if route.in_flight is InFlight.PEOPLE:
        return is_navigation(request) or wants_page(request)
    return route.in_flight is InFlight.WAIT


def is_replay(route: RoutePolicy, verdict: Verdict, owner: str | None) -> bool:
    """Whether the first answer is given again; never to somebody who may be another one than who got it first."""
    return isinstance(verdict, Finished) and owner is not None and route.finished is AfterFinish.REPLAY


def refused(
    request: Request, route: RoutePolicy, verdict: Verdict, owner: str | None, *, pages: FallbackPage = BUILT_IN_PAGE
) -> Response:
    """The answer instead of a second run."""
    way_on = HOME if route.outcome_page is None else route.outcome_page  # where to see what became of the first
    match verdict:
        case Finished(answer) if is_replay(route, verdict, owner):
            return Response(answer.status, replaced(answer.fields, b"idempotency-replayed", b"true"), answer.content)
        case Finished():
            return problem(request, ALREADY_DONE, pages=pages, way_on=way_on)
        case Running(retry_after):
            return problem(request, IN_PROGRESS, pages=pages, retry_after=retry_after, way_on=way_on)
        case Mismatch():
            return problem(request, KEY_REUSED, pages=pages, way_on=way_on)
        case Unknown() | Granted():  # who holds the claim does not ask for this
            return problem(request, OUTCOME_UNKNOWN, pages=pages, way_on=way_on)
