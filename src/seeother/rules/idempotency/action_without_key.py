# SPDX-License-Identifier: Apache-2.0
"""Nothing tells a second sending of an order from a second order.

## What it sees

A form that posts to an address like `/orders`, `/checkout` or `/pay` on the same site and has no field that could be
a one-time key: it is advice, for the server may tell duplicates apart by other means.
A request with JSON to a declared `action` that was carried out without an `Idempotency-Key`, where the route does not
require one: that is a warning.
An address with a number in it (`/orders/7/pay`), and a form with the number of a cart or an order, are no fault: what
exists once can be paid once.
A token against forgery is no key, as it is the same for each sending.
The active audit sends the form twice.

## Why it hurts

A double click, a reload, Back, a proxy and an impatient client all send a request again.
Without a key the server has to guess whether somebody wants two.

## What to do

Write a fresh random value into each form when it is shown, and claim it before doing anything.
Clients of an API make one for each action, and keep it for its repetitions.
The guard reads `Idempotency-Key` and the form field `idempotency_key`, and refuses an action without one where the
route says `idempotency = "required"`.

## Example

    <form method="post" action="/orders">
      <input type="hidden" name="idempotency_key" value="7d1f...">       this is what is missing
    </form>

## Sources

RFC 9110, section 9.2.2; draft-ietf-httpapi-idempotency-key-header-07, section 2 (the draft has expired).
Chromium 156, measured: two clicks 250 ms apart sent two `POST`s.
"""

import re

from seeother.journey import Declaration, RouteKind, Severity
from seeother.message import Exchange, Request, first, is_same_origin, resolve

from ..audience import sends_json
from ..excerpt import asked, excerpt
from ..html import Form
from ..rule import SUCCESSES, OnExchange, Repair, Rule, Sighting, Visibility
from ..shown_page import shown_page

_BUYING = frozenset(
    {"order", "orders", "place-order", "place_order", "checkout", "pay", "payment", "payments", "purchase", "buy"}
    | {"donate", "bookings", "subscribe"}
)
_FORGERY = re.compile(r"csrf|xsrf|authenticity|verificationtoken|form_key|\A_token\Z|wpnonce", re.IGNORECASE)
# What may tell one sending from another, and what exists once.
_KEY = re.compile(
    r"idempot|once|one_?time|token|key|uuid|guid|unique|attempt|submission|request_?id|"
    r"(?:order|cart|checkout|basket|quote|payment|session|booking|invoice)[-_.]?(?:id|no|nr|number|ref|token)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[0-9]|\A[0-9a-f-]{8,}\Z", re.IGNORECASE)  # in a segment: it names one thing
_KEYS = (b"idempotency-key", b"x-idempotency-key", b"webhook-id")


def _see_page(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    page = shown_page(exchange)
    for form in () if page is None else page.forms:
        path = _buys(exchange.request, form)
        if path is not None and not any(_KEY.search(name) and not _FORGERY.search(name) for name in form.fields):
            return Sighting(
                f"The form to `{excerpt(path)}` on `{asked(exchange.request)}` has no one-time key.",
                {"form": excerpt(path)},
                Severity.ADVICE,
            )
    return None


def _buys(request: Request, form: Form) -> str | None:
    """The path of the form if sending it buys something that is not numbered yet."""
    action = form.action.encode("utf-8", "replace")
    if form.method != "POST" or not is_same_origin(request, action):
        return None
    target = resolve(request, action)
    segments = [] if target is None else target.path.lower().strip("/").split("/")
    if target is None or segments[-1] not in _BUYING or any(_NUMBER.search(segment) for segment in segments):
        return None
    return target.path


def _see_action(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    request = exchange.request
    if any(first(request.fields, name) is not None for name in _KEYS) or not sends_json(request):
        return None
    if any(_NUMBER.search(segment) for segment in request.path.split("/")):
        return None
    return Sighting(f"`{asked(request)}` was carried out without an `Idempotency-Key`.")


def _is_unkeyed_action(declaration: Declaration) -> bool:
    return declaration.kind is RouteKind.ACTION and not declaration.needs_key


RULE = Rule(
    code="IDM001",
    name="action-without-key",
    severity=Severity.WARNING,
    source="RFC 9110 9.2.2",
    visibility=(Visibility.EXCHANGE, Visibility.PROBE),
    repair=Repair.NONE,
    cure="Put a one-time key into the form, or send an Idempotency-Key.",
    text=__doc__ or "",
    checks=(
        OnExchange(_see_page, methods=frozenset({"GET"}), statuses=frozenset({200}), needs_content=True),
        OnExchange(_see_action, methods=frozenset({"POST"}), statuses=SUCCESSES, where=_is_unkeyed_action),
    ),
)
