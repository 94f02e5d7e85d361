# SPDX-License-Identifier: Apache-2.0
"""Guesses from routes what they are for, and which of them are steps of a checkout.

A guess is made from words in the path alone and only where the word is plain: what is not guessed is written by hand,
what is guessed wrongly is believed. So a route is exempt from the check of its origin (callback, return) only when a
word says that it comes from outside, and nothing is ever remembered (idempotency) that the operator has not asked for.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from seeother.journey import RouteKind
from seeother.message import Pattern

from .order import in_order
from .routes import Route

_ACTIONS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_CALLBACK = frozenset({"webhook", "webhooks", "hook", "hooks", "callback", "callbacks", "notify", "ipn"})
_PAY = frozenset({"pay", "payment", "payments", "paypal", "stripe", "klarna", "adyen", "mollie", "alipay", "3ds"})
_BACK = frozenset({"return", "returned"})
_OUTCOME = frozenset({"success", "complete", "completed", "cancel", "cancelled", "failure"})
_IDENTITY = frozenset({"saml", "acs"})  # a sign-in that comes back by POST from another site
_CART = frozenset({"cart", "carts", "basket", "baskets", "bag", "trolley"})
_CHECKOUT = frozenset({"checkout", "checkouts"})
_ORDER = frozenset({"order", "orders"})
_ADDRESS = frozenset({"address", "addresses", "shipping", "delivery"})
_PRODUCT = frozenset({"product", "products", "item", "items", "p"})
_CONFIRM = frozenset({"confirm", "place", "submit", "finish", "complete"})
_CHARGE = frozenset({"capture", "charge"})
_CONFIRMED = frozenset({"confirmation", "confirmed", "thanks", "thankyou", "thank", "receipt", *_OUTCOME})
_ELSEWHERE = frozenset({"admin", "account", "backoffice", "dashboard", "docs", "media", "schema", "static"})
_PARTS = re.compile(r"[-_.~]")
_SUFFIX = re.compile(r"\.(?:html?|php|aspx?|jsp|do)\Z")
_FEWEST_STEPS = 2
_ENDS = ("product", "confirmation")


class Suggestion(StrEnum):
    """What is said about idempotency beside an entry, as a comment."""

    NONE = "none"  # its method may be repeated as it is (RFC 9110 9.2.2), or it is no action
    PERHAPS = "perhaps"
    ORDERS = "orders"  # twice costs somebody money
    SENDER = "sender"  # a callback's sender may number its messages


@dataclass(frozen=True, slots=True)
class Entry:
    """One `[[route]]`, and why it is what it is."""

    route: Route
    kind: RouteKind
    reason: str
    suggestion: Suggestion = Suggestion.NONE


@dataclass(frozen=True, slots=True)
class DraftedStep:
    """One step of the journey, and why these exchanges are it."""

    name: str
    on: tuple[Pattern, ...]
    reason: str
    optional: bool = False

    @property
    def page(self) -> tuple[Pattern, ...]:
        """What people see of the step."""
        return tuple([pattern for pattern in self.on if pattern.method == "GET"])


@dataclass(frozen=True, slots=True)
class Draft:
    """What was guessed; without steps, when nothing looks like a checkout. `people` have shown the steps' order."""

    entries: tuple[Entry, ...]
    steps: tuple[DraftedStep, ...]
    people: int = 0


@dataclass(frozen=True, slots=True)
class _Words:
    """What a path says: the words of its last literal segment, those of all before it, and how it ends."""

    last: frozenset[str]
    before: frozenset[str]
    ends_in_placeholder: bool

    @property
    def all(self) -> frozenset[str]:
        return self.last | self.before


def draft(routes: Sequence[Route], visits: Sequence[Sequence[str]] = ()) -> Draft:
    """What the routes are for, as far as their paths say it, and the order in which people met them."""
    entries = [entry for route in routes if (entry := _entry(route)) is not None]
    from_outside = {each.route for each in entries if each.kind is not RouteKind.ACTION and not _is_page(each.route)}
    steps = _steps([route.pattern for route in routes if route not in from_outside])
    return _ordered(tuple(entries), steps, visits)


def _ordered(entries: tuple[Entry, ...], steps: Sequence[DraftedStep], visits: Sequence[Sequence[str]]) -> Draft:
    """The draft with its steps as people took them; what begins and what ends a journey stays where it is."""
    shapes = {step.name: frozenset([pattern.shape for pattern in step.on]) for step in steps}
    fixed = {name: shapes.pop(name, None) for name in _ENDS}
    known = {step.name: step for step in steps}
    middle = in_order(shapes, visits)
    first, last = [[name] if fixed[name] is not None else [] for name in _ENDS]
    met = frozenset(chain(*shapes.values()))
    people = sum(len(met.intersection(visit)) >= _FEWEST_STEPS for visit in visits)
    return Draft(entries, tuple([known[name] for name in (*first, *middle, *last)]), people)


def _is_page(route: Route) -> bool:
    return route.pattern.method == "GET"


def _entry(route: Route) -> Entry | None:
    method, words = route.pattern.method, _words(route.pattern)
    is_action = method in _ACTIONS
    if method == "POST" and (found := _CALLBACK & words.all) and not _ELSEWHERE & words.all:
        reason = f'"{min(found)}" in its path: another server calls it'
        return Entry(route, RouteKind.CALLBACK, reason, Suggestion.SENDER)
    if found := _comes_back(words, is_action=is_action):
        return Entry(route, RouteKind.RETURN, f'"{min(found)}" in its path: people come back here from another site')
    if not is_action:
        return None
    if method in {"PUT", "DELETE"}:
        return Entry(route, RouteKind.ACTION, f"{method} changes something")
    if method == "POST" and (found := _orders_or_pays(words)):
        reason = f'"{min(found)}" in its path: people order or pay here'
        return Entry(route, RouteKind.ACTION, reason, Suggestion.ORDERS)
    return Entry(route, RouteKind.ACTION, f"{method} changes something", Suggestion.PERHAPS)


def _orders_or_pays(words: _Words) -> frozenset[str]:
    """The words that say that doing it twice costs somebody money: POST /checkout/address does not."""
    bought = _ORDER | _CHECKOUT | _PAY
    return bought & words.last or (bought & words.before if (_CONFIRM | _CHARGE) & words.last else frozenset())


def _comes_back(words: _Words, *, is_action: bool) -> frozenset[str]:
    """The words that say that people come back here from a provider; a GET is believed sooner, for it changes nothing.

    A POST named "complete" or "success" is as likely the shop's own form as the provider's.
    """
    if is_action and _IDENTITY & words.last:
        return _IDENTITY & words.last
    if is_action or _BACK & words.last:
        return _BACK & words.last if _PAY & words.all else frozenset()
    return _OUTCOME & words.last if (_PAY | _CHECKOUT) & words.before else frozenset()


def _steps(patterns: Sequence[Pattern]) -> tuple[DraftedStep, ...]:
    said = [(pattern, _words(pattern)) for pattern in patterns]
    found: dict[str, list[Pattern]] = {}
    for pattern, words in said:
        name = _step_of(pattern.method, words)
        if name is not None:
            found.setdefault(name, []).append(pattern)
    explicit = found.get("confirmation", [])
    orders = found.pop("order", [])
    if not explicit and orders:
        found["confirmation"] = orders
    _settle_submission(found)
    if len(found) < _FEWEST_STEPS or not found.keys() & {"checkout", "payment", "submit_order"}:
        return ()
    order = ["product", "cart", "checkout", "address", "payment", "submit_order", "confirmation"]
    if any(_ORDER & _words(pattern).before for pattern in found.get("payment", ())):
        order[4:6] = ["submit_order", "payment"]  # what is paid at /orders/{id}/pay has been ordered
    return tuple([_drafted(name, found[name], explicit) for name in order if name in found])


def _settle_submission(found: dict[str, list[Pattern]]) -> None:
    """Where nothing is posted to /orders, a POST to /checkout is the order; else it is a part of the checkout."""
    posted = found.pop("post_checkout", [])
    if posted:
        found.setdefault("checkout" if "submit_order" in found else "submit_order", []).extend(posted)


def _step_of(method: str, words: _Words) -> str | None:
    """The step that an exchange is of; "order" and "post_checkout" depend on what else there is."""
    last, before = words.last, words.before
    if _ELSEWHERE & words.all or method not in {"GET", "POST"}:
        return None
    if method == "GET":
        return _page(words)
    if (_ORDER & last and not words.ends_in_placeholder) or (_CONFIRM & last and (_CHECKOUT | _ORDER) & before):
        return "submit_order"
    if _CHECKOUT & last:
        return "post_checkout"
    if _CART & words.all and _CART & last | (_PRODUCT | {"add", "lines"}) & last:
        return "cart"
    return _address_or_payment(last)


def _page(words: _Words) -> str | None:
    last, before = words.last, words.before
    if "confirmation" in last or (_CONFIRMED & last and (_CHECKOUT | _ORDER | _CART | _PAY) & words.all):
        return None if {"cancel", "cancelled", "failure"} & last else "confirmation"
    if {"thank", "thanks", "thankyou"} & last:
        return "confirmation"
    if _ORDER & last and words.ends_in_placeholder:
        return "order"
    if _PRODUCT & last and words.ends_in_placeholder and not (_CART | _ORDER | _CHECKOUT) & before:
        return "product"
    if _CART & last:
        return "cart"
    return "checkout" if _CHECKOUT & last else _address_or_payment(last)


def _address_or_payment(last: frozenset[str]) -> str | None:
    if _ADDRESS & last:
        return "address"
    return "payment" if _PAY & last else None


_REASONS = {
    "product": "a page for each product; many people begin later, so it may be left out",
    "cart": "the cart",
    "checkout": "the beginning of the checkout",
    "address": "where it is sent to",
    "payment": "how it is paid",
    "submit_order": "the POST that places the order",
    "confirmation": "the page that says it is done",
}


def _drafted(name: str, on: list[Pattern], explicit: list[Pattern]) -> DraftedStep:
    reason = _REASONS[name]
    on = sorted(on, key=lambda pattern: pattern.method)  # pages first
    if name == "confirmation" and not explicit:
        reason = "the page of the order; check that people are sent here when they have ordered"
    elif name == "submit_order" and not any(_ORDER & _words(pattern).last for pattern in on):
        reason = "nothing is posted to /orders, so this looks like the POST that places the order"
    return DraftedStep(name, tuple(on), reason, optional=name == "product")


def _words(pattern: Pattern) -> _Words:
    segments = [segment for segment in pattern.template.lower().split("/") if segment]
    literal = [segment for segment in segments if not segment.startswith("{")]
    parts = [frozenset(_parts(segment)) for segment in literal]
    ends = bool(segments) and segments[-1].startswith("{")
    return _Words(parts[-1] if parts else frozenset(), frozenset(chain(*parts[:-1])), ends)


def _parts(segment: str) -> Iterable[str]:
    """The words of a segment: `thank-you.html` is thank and you."""
    return _PARTS.split(_SUFFIX.sub("", segment))
