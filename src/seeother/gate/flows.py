# SPDX-License-Identifier: Apache-2.0
"""Which flow an exchange needs, if any: the policies that ask for content, a ledger or time, one inside the other."""

import secrets
from dataclasses import replace

from seeother.journey import IncidentKind
from seeother.message import Fields
from seeother.policy import (
    CROSS_SITE,
    Flow,
    Forward,
    OriginVerdict,
    Read,
    Respond,
    RoutePolicy,
    Visitor,
    by_token,
    check_origin,
    is_exempt,
    is_parked,
    may_refuse,
    once,
    park,
    parked_path,
    parking_principal,
    problem,
    read_form_token,
    unguarded,
    unpark,
)

from .failing_open import failing_open
from .outcome import OUTCOME_PATH, outcome
from .own_path import below, is_own
from .passage import FindingError, Passage

_FORM_BYTES = 1 << 20  # of a form whose token is looked for; it is read whole, for the application reads it too
_FOREIGN = "FRM002"
_TOKEN_BYTES = 24  # of a parked page's address
_PAGE_BYTES = 1 << 20  # of a page that is parked; it is kept whole, and what is longer is streamed and not parked


def flow_of(passage: Passage) -> Flow | None:
    """The flow for an exchange; None where the application can simply be asked."""
    if passage.place.is_plain:
        return None  # nearly all
    try:
        flow = _needed(passage)
    except FindingError:
        raise
    except Exception as error:  # noqa: BLE001 - an error of the guard's own fails open (DESIGN decision 1)
        passage.failed("tell what an exchange needs", error)
        flow = _once(passage)  # what is to happen once still does
    return None if flow is None else failing_open(passage, flow)


def _needed(passage: Passage) -> Flow | None:
    request, place, shared = passage.request, passage.place, passage.shared
    if shared.repairs and is_own(request.path, place.prefix) and (own := _own(passage)) is not None:
        return own
    if request.is_safe:
        return _once(passage) if place.is_once else None
    verdict = None if is_exempt(place.route) else check_origin(
        request, site=shared.site, trusted=shared.trusted_origins
    )  # fmt: skip
    refuses = shared.repairs and may_refuse(place.route) and _FOREIGN not in place.terms.left
    flow = _once(passage) if place.is_once else None
    asks = verdict is not None and verdict.wants_token and refuses and _asks_token(passage, verdict)
    if verdict is not None and not verdict.allowed and not asks:
        passage.happened(IncidentKind.CROSS_SITE, reason=verdict.reason, refused="yes" if refuses else "no",
                         **verdict.evidence)  # fmt: skip
        if refuses:
            return _refusal(passage)
    elif verdict is not None and asks:
        flow = _with_token(passage, verdict, flow or unguarded())
    if shared.ledger is not None and place.route is not None and place.route.park:
        flow = _parking(passage, flow or unguarded())
    return flow


def _own(passage: Passage) -> Flow | None:
    """The guard's own pages; an address below them that is none of theirs is the application's."""
    prefix, parking = passage.place.prefix, passage.shared.parking
    request = below(passage.request, prefix)
    if request.path == OUTCOME_PATH:
        return outcome(request, passage.shared)
    if is_parked(request) and passage.shared.ledger is not None:
        behind = parked_path(request) or ""
        answered = parking.find("POST", behind) or parking.find("POST", prefix + behind)
        return unpark(request, principal=_principal(passage, answered), prefix=prefix, pages=passage.shared.pages)
    return None


def _once(passage: Passage) -> Flow | None:
    route = passage.place.route
    if route is None or not passage.place.is_once or passage.ledger is None:
        return None
    visit, shared = passage.visit, passage.shared
    journey = None if visit.identity is None else visit.identity.journey_id
    visitor = Visitor(minted=journey) if visit.minted else Visitor(journey)
    return once(passage.request, route, visitor=visitor, desk=shared.desk, pages=shared.pages)


def _refusal(passage: Passage) -> Flow:
    shared = passage.shared
    yield Respond(problem(passage.request, CROSS_SITE, pages=shared.pages, way_on=shared.way_on))


def _asks_token(passage: Passage, verdict: OriginVerdict) -> bool:
    """Whether a token decides: where the route insists on one, or where the verdict alone would refuse."""
    route = passage.place.route
    insists = (route is not None and route.form_token) or not verdict.allowed
    return insists and passage.shared.form_tokens is not None


def _with_token(passage: Passage, verdict: OriginVerdict, flow: Flow) -> Flow:
    """Read the form, and go on only if it carries the token that was made for this person."""
    content = yield Read(_FORM_BYTES)
    token = read_form_token(passage.request, content) if isinstance(content, bytes) else None
    is_valid = token is not None and passage.is_form_token(token)
    decided = by_token(verdict, is_valid=is_valid)
    if decided.allowed:
        yield from flow
        return
    flow.close()
    passage.happened(IncidentKind.CROSS_SITE, reason=decided.reason, refused="yes", **verdict.evidence)
    yield from _refusal(passage)


def _parking(passage: Passage, flow: Flow) -> Flow:
    """The flow, with a page that answers the POST put under an address of its own."""
    reply = None
    failure: BaseException | None = None
    while True:
        try:
            want = flow.send(reply) if failure is None else flow.throw(failure)
        except StopIteration:
            return
        failure = None
        if isinstance(want, Respond):
            principal = _principal(passage, passage.place.route, want.response.fields)
            token, prefix = secrets.token_urlsafe(_TOKEN_BYTES), passage.place.prefix
            asked = below(passage.request, prefix)
            yield from park(asked, want.response, token, principal=principal, prefix=prefix)
            reply = None
            continue
        if isinstance(want, Forward):
            want = replace(want, content_limit=max(want.content_limit, _PAGE_BYTES))
        try:
            reply = yield want
        except GeneratorExit:
            flow.close()
            raise
        except BaseException as error:  # noqa: BLE001 - it is the inner flow's to handle
            failure = error


def _principal(passage: Passage, route: RoutePolicy | None, answer: Fields = ()) -> bytes:
    """Whose parked page it is: the journey's, else the holder's of the session of the route that was posted to."""
    kind, _, name = route.principal.partition(":") if route is not None else ("", "", "")
    return parking_principal(
        passage.request,
        journey_id=passage.context.journey_id,
        session=name if kind == "session" else None,
        answer=answer,
    )
