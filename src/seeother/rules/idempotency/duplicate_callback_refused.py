# SPDX-License-Identifier: Apache-2.0
"""A provider sends a message again, and is told that something is wrong with it.

## What it sees

Two messages of one id to the same address, where the first was answered `2xx` and a later one `3xx`, `400`, `404`,
`409`, `412`, `422` or `500`.
The id is the one that senders give: `Webhook-Id` and `Svix-Id`, `X-GitHub-Delivery`, `X-Shopify-Webhook-Id`,
`PayPal-Transmission-Id`, `Ce-Id` of CloudEvents, `X-Event-Id`, or an `Idempotency-Key` on a route declared `callback`.
An answer that says "not now" (`429`, `503` and the like), a refused signature and a first try that failed are not
meant.

## Why it hurts

Senders promise to deliver at least once, so that duplicates are the rule.
Whatever is not `2xx` counts as not delivered: the message comes again for hours or days, the queue behind it waits, and
after enough of them the sender switches the address off, new payments included.

## What to do

Note the message's id in the same transaction as its effect, and answer a known one `2xx` at once.
`409` for a duplicate is for clients that hold the first answer already; a sender of messages does not.
The guard does so on routes with `kind = "callback"` and `idempotency = "callback"`.

## Example

    POST /webhooks/pay    Webhook-Id: msg_1    200
    POST /webhooks/pay    Webhook-Id: msg_1    409         should be 200

## Sources

Standard Webhooks, on idempotency and on the answers that end a delivery; the providers' own contracts.
RFC 9110, section 15.3 (2xx).
"""

from collections.abc import Iterator

from seeother.journey import RouteKind, Severity, Trail
from seeother.message import REDIRECTS, Request, first

from ..excerpt import asked
from ..rule import SUCCESSES, OnTrail, Repair, Rule, Sighting, Visibility

_IDS = (
    b"webhook-id",
    b"svix-id",
    b"x-github-delivery",
    b"x-shopify-webhook-id",
    b"paypal-transmission-id",
    b"ce-id",
    b"x-event-id",
)
_KEY = b"idempotency-key"
_REFUSALS = REDIRECTS | {400, 404, 409, 412, 422, 500}


def _see(trail: Trail) -> Iterator[Sighting]:
    taken: dict[tuple[bytes, str, bytes, bytes], int] = {}
    for index, exchange in enumerate(trail.exchanges):
        request, status = exchange.request, exchange.response.status
        if request.method != "POST":
            continue
        named = _id(request, is_callback=trail.declaration(index).kind is RouteKind.CALLBACK)
        if named is None:
            continue
        message = (request.authority, request.path, *named)
        if message in taken and status in _REFUSALS:
            yield Sighting(
                f"`{asked(request)}` brought a message that had been taken, and was answered `{status}`.",
                {"id-field": named[0].decode("latin-1"), "first": str(taken[message] + 1)},
                exchange=index + 1,
            )
        if status in SUCCESSES:
            taken.setdefault(message, index)


def _id(request: Request, *, is_callback: bool) -> tuple[bytes, bytes] | None:
    """The field that names the message, and the name."""
    for field in (*_IDS, _KEY) if is_callback else _IDS:
        value = first(request.fields, field)
        if value:
            return field, value
    return None


RULE = Rule(
    code="IDM006",
    name="duplicate-callback-refused",
    severity=Severity.WARNING,
    source="Standard Webhooks",
    visibility=(Visibility.SEQUENCE, Visibility.PROBE),
    repair=Repair.OPT_IN,
    cure="Note the message's id with its effect, and answer a known one 2xx.",
    text=__doc__ or "",
    checks=(OnTrail(_see),),
)
