# SPDX-License-Identifier: Apache-2.0
"""What is guessed from paths, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.draft import Draft, Entry, Route, Suggestion, draft
from seeother.journey import RouteKind
from seeother.message import Pattern


def drafted(*exchanges: str) -> Draft:
    """The draft of an application that answers these exchanges."""
    return draft([Route(Pattern.parse(exchange)) for exchange in exchanges])


def entry(exchange: str) -> Entry:
    """The entry of an exchange that must have one."""
    (only,) = drafted(exchange).entries
    return only


def steps(*exchanges: str) -> dict[str, list[str]]:
    """The steps, in their order, with their exchanges."""
    return {step.name: [str(pattern) for pattern in step.on] for step in drafted(*exchanges).steps}


@pytest.mark.parametrize(
    ("exchange", "kind"),
    [
        ("POST /cart", "action"),
        ("PUT /cart/items/{id}", "action"),
        ("PATCH /orders/{id}", "action"),
        ("DELETE /cart", "action"),
        ("POST /orders/{id}/return", "action"),  # goods go back, nobody comes back
        ("POST /checkout/complete", "action"),  # as likely the shop's own form
        ("POST /payments/success", "action"),
        ("POST /webhooking", "action"),
        ("DELETE /webhooks/{id}", "action"),  # somebody takes a hook down
        ("POST /admin/webhooks", "action"),
        ("POST /payments/webhook", "callback"),
        ("POST /webhooks/stripe", "callback"),
        ("POST /hooks/{provider}", "callback"),
        ("POST /paypal/ipn", "callback"),
        ("POST /alipay-notify.php", "callback"),
        ("POST /payments/callback", "callback"),
        ("POST /payments/return", "return"),
        ("GET /orders/{id}/pay/return", "return"),
        ("GET /checkout/success", "return"),
        ("GET /payments/{id}/cancelled", "return"),
        ("POST /saml/acs", "return"),
    ],
)
def test_the_kind_is_what_the_path_says(exchange: str, kind: str) -> None:
    """Exempt from the check of the origin only where a word says that it comes from outside."""
    assert entry(exchange).kind == kind


@pytest.mark.parametrize(
    "exchange",
    ["GET /orders", "GET /payments/webhook", "GET /success", "GET /returns", "GET /orders/{id}/return", "GET /"],
)
def test_what_changes_nothing_needs_no_entry(exchange: str) -> None:
    """A page is declared only where people come back from elsewhere."""
    assert drafted(exchange).entries == ()


@pytest.mark.parametrize(
    ("exchange", "suggestion"),
    [
        ("POST /orders", Suggestion.ORDERS),
        ("POST /checkout", Suggestion.ORDERS),
        ("POST /place-order", Suggestion.ORDERS),
        ("POST /orders/{id}/pay", Suggestion.ORDERS),
        ("POST /payments/{id}/capture", Suggestion.ORDERS),
        ("POST /checkout/confirm", Suggestion.ORDERS),
        ("POST /checkout/address", Suggestion.PERHAPS),
        ("POST /orders/{id}/cancel", Suggestion.PERHAPS),
        ("POST /login", Suggestion.PERHAPS),
        ("PATCH /orders/{id}", Suggestion.PERHAPS),
        ("PUT /orders/{id}", Suggestion.NONE),
        ("DELETE /orders/{id}", Suggestion.NONE),
        ("POST /payments/webhook", Suggestion.SENDER),
        ("POST /payments/return", Suggestion.NONE),
    ],
)
def test_doing_it_once_is_suggested_where_twice_would_hurt(exchange: str, suggestion: Suggestion) -> None:
    """PUT and DELETE may be repeated as they are, RFC 9110 9.2.2."""
    assert entry(exchange).suggestion is suggestion


def test_a_shop_with_every_step() -> None:
    """In the order of a checkout, whatever the order of the routes; pages before what they send."""
    assert steps(
        "GET /thank-you",
        "POST /checkout/payment",
        "GET /checkout/payment",
        "POST /orders",
        "GET /orders",
        "GET /orders/{id}",
        "GET /checkout/shipping",
        "GET /checkout",
        "POST /checkout",
        "POST /basket/add",
        "GET /basket",
        "GET /products",
        "GET /products/{slug}",
        "GET /about",
    ) == {
        "product": ["GET /products/{slug}"],
        "cart": ["GET /basket", "POST /basket/add"],
        "checkout": ["GET /checkout", "POST /checkout"],
        "address": ["GET /checkout/shipping"],
        "payment": ["GET /checkout/payment", "POST /checkout/payment"],
        "submit_order": ["POST /orders"],
        "confirmation": ["GET /thank-you"],
    }


def test_what_is_paid_after_the_order_comes_after_it() -> None:
    """/orders/{id}/pay is of an order that is there; its page confirms when nothing else does."""
    found = steps("GET /cart", "POST /orders", "GET /orders/{id}/pay", "GET /orders/{id}")

    assert list(found) == ["cart", "submit_order", "payment", "confirmation"]
    assert found["confirmation"] == ["GET /orders/{id}"]


def test_without_orders_the_checkout_is_the_order() -> None:
    """And the reason says so."""
    (*_, step) = drafted("GET /cart", "POST /checkout").steps

    assert step.name == "submit_order"
    assert step.reason.startswith("nothing is posted to /orders")


def test_pages_of_a_step() -> None:
    """What people see; the product may be left out, for many begin later."""
    product, order = drafted("GET /p/{slug}", "POST /orders").steps

    assert [str(pattern) for pattern in product.page] == ["GET /p/{slug}"]
    assert product.optional
    assert order.page == ()
    assert not order.optional


@pytest.mark.parametrize(
    "exchanges",
    [
        (),
        ("GET /", "POST /login", "GET /blog/{slug}"),
        ("GET /products/{slug}", "GET /cart"),
        ("POST /orders",),
        ("POST /admin/orders", "GET /admin/orders/{id}"),
        ("POST /payments/webhook", "GET /items/{id}"),
    ],
)
def test_what_is_no_checkout_has_no_steps(exchanges: tuple[str, ...]) -> None:
    """One step is no journey, nor is looking around, nor an office."""
    assert steps(*exchanges) == {}


def test_calls_from_outside_are_no_steps() -> None:
    """Nobody takes them; a page that people come back to is one."""
    found = steps("GET /cart", "POST /orders", "POST /webhooks/payment", "POST /pay/return", "GET /checkout/success")

    assert found == {
        "cart": ["GET /cart"],
        "submit_order": ["POST /orders"],
        "confirmation": ["GET /checkout/success"],
    }


WORDS = st.sampled_from(
    [
        "cart",
        "checkout",
        "orders",
        "{id}",
        "pay",
        "return",
        "success",
        "webhook",
        "products",
        "",
        "a-b",
        "{r:path}",
        "İ",
    ]
)


@given(st.lists(st.tuples(st.sampled_from(["GET", "POST", "PUT", "DELETE"]), st.lists(WORDS, max_size=4))))
def test_no_exchange_is_of_two_steps(made: list[tuple[str, list[str]]]) -> None:
    """Nor does any path fail to be looked at; no call from outside is a step."""
    exchanges = [f"{method} /{'/'.join(path)}" for method, path in made if "{r:path}" not in path[:-1]]

    found = drafted(*dict.fromkeys(exchanges))

    on = [pattern for step in found.steps for pattern in step.on]
    assert len(on) == len(set(on))
    outside = {each.route.pattern for each in found.entries if each.kind is RouteKind.CALLBACK}
    assert not outside & set(on)
