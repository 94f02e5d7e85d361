# SPDX-License-Identifier: Apache-2.0
"""Nobody knows whether the action was carried out, and the answer looks as if it was not.

## What it sees

A page with `502` or `504` that answers a form's `POST` of a declared step or action and leads nowhere but to the front
page or back to the action itself.
In a sequence: a `POST` or `PATCH` that got `502`, `504` or no answer and is sent again within five minutes, without a
key in its fields and without a look at any page in between; where a key is required, the ledger sees to it.
In the running process: an action that failed in a way that leaves its outcome open, so that the guard has sent the
person to the page for that.
A page that refreshes itself or has a link to look the order up is right, and so is the repetition of a `PUT` or
`DELETE`.

## Why it hurts

`502` and `504` say that a gateway got no usable answer; what is behind it may well have done its work.
A page that says "error, please try again" makes people order and pay twice, and one that says nothing makes them call.

## What to do

Send the person to a page that shows what became of the order: `303` to a status page, or for a client without pages
`202` with the address of a monitor.
The guard does so where the route names one: `outcome_page = "/orders/pending"`.
Look the payment up at the provider, by the key it was sent with, before calling it failed.
Give the form a one-time key, so that a second try finds the first.

## Example

    POST /orders

    HTTP/1.1 504 Gateway Time-out           should be 303 with Location: /orders/pending
    Content-Type: text/html

    <h1>504 Gateway Time-out</h1>

## Sources

RFC 9110, sections 15.6.3 (502), 15.6.5 (504), 15.3.3 (202) and 9.2.2 (automatic retries).
"""

from collections.abc import Iterator

from seeother.journey import Declaration, Incident, IncidentKind, Severity, Trail
from seeother.message import Exchange, Request, first, media_type, resolve

from ..audience import is_navigation
from ..excerpt import asked, told
from ..rule import OnExchange, OnIncident, OnTrail, Repair, Rule, Sighting, Visibility, in_journey
from ..shown_page import shown_page

_UNKNOWN = frozenset({502, 504})
_NO_ANSWER = 0  # what recordings note for an exchange that was cut
_SOON = 300.0  # seconds; later it is another attempt, for which the person has thought about it
_LOOKS = frozenset({b"text/html", b"application/json"})  # what tells somebody something; styles and pictures do not
_REPEATABLE = frozenset({"POST", "PATCH"})  # the others are idempotent, or of unknown meaning
_KEYS = (b"idempotency-key", b"x-idempotency-key", b"webhook-id")


def _see(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request, (status, fields) = exchange.request, exchange.response
    page = shown_page(exchange)
    if page is None or not is_navigation(request) or page.refresh is not None or first(fields, b"refresh") is not None:
        return None
    if any(_may_tell(request, link) for link in page.links):
        return None
    return Sighting(
        f"`{asked(request)}` was answered `{status}`, and the page leads to nothing that tells the outcome."
    )


def _may_tell(request: Request, link: str) -> bool:
    """Whether the page behind a link may say what became of the action; another site may, as a help desk does."""
    target = resolve(request, link.encode("utf-8", "replace"))
    here = resolve(request, b"")
    if target is None:  # mailto: and tel: lead to somebody who can say
        return ":" in link and not link.lower().lstrip().startswith("javascript:")
    return target.path != "/" and (here is None or target.path != here.path)


def _see_incident(incident: Incident) -> Sighting:
    which = "An action" if incident.request is None else f"`{asked(incident.request)}`"
    return Sighting(f"{which} failed, and nobody knows whether it was carried out.", told(incident.detail))


def _see_trail(trail: Trail) -> Iterator[Sighting]:
    waiting: dict[tuple[str, str, bytes, bytes], int] = {}
    for index, exchange in enumerate(trail.exchanges):
        request, status = exchange.request, exchange.response.status
        if request.method not in _REPEATABLE:
            if request.method == "GET" and media_type(exchange.response.fields) in _LOOKS:
                waiting.clear()
            continue
        action = (request.method, request.path, request.query, request.authority)
        earlier = waiting.pop(action, None)
        if (
            earlier is not None
            and not _has_key(request, trail.declaration(index))
            and _is_soon(trail.exchanges[earlier], exchange)
        ):
            got = trail.exchanges[earlier].response.status
            yield Sighting(
                f"`{asked(request)}` was sent again after {f'`{got}`' if got else 'no answer'}, though the first may"
                " have been carried out.",
                {"first": str(earlier + 1)},
                exchange=index + 1,
            )
        if status in _UNKNOWN or status == _NO_ANSWER:
            waiting[action] = index


def _has_key(request: Request, declaration: Declaration) -> bool:
    return declaration.needs_key or any(first(request.fields, name) is not None for name in _KEYS)


def _is_soon(earlier: Exchange, later: Exchange) -> bool:
    return earlier.at is None or later.at is None or later.at - earlier.at <= _SOON


RULE = Rule(
    code="JNY006",
    name="unknown-outcome-shown-as-failure",
    severity=Severity.WARNING,
    source="RFC 9110 15.6.3, 15.6.5",
    visibility=(Visibility.EXCHANGE, Visibility.SEQUENCE, Visibility.IN_PROCESS),
    repair=Repair.OPT_IN,
    cure="Answer 303 with the address of a page that shows what became of the action.",
    text=__doc__ or "",
    checks=(
        OnExchange(_see, methods=frozenset({"POST"}), statuses=_UNKNOWN, where=in_journey, needs_content=True),
        OnTrail(_see_trail),
        OnIncident(_see_incident, frozenset({IncidentKind.OUTCOME_UNKNOWN})),
    ),
)
