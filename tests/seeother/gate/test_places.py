# SPDX-License-Identifier: Apache-2.0
"""What is known about an exchange before it comes."""

from seeother.gate import Place
from seeother.journey import RouteKind
from seeother.message import Origin
from seeother.policy import StatusContract
from tests.seeother.gate.site import ORDER, gate, request


def place(exchange: str, **sections: object) -> Place:
    """Where an exchange stands."""
    return gate(**sections).let_in(request(exchange)).place  # type: ignore[arg-type]


def test_a_declared_action_is_one_for_unsafe_methods_only() -> None:
    """A route's kind says what its unsafe requests do."""
    assert place("POST /orders").is_action
    assert not place("GET /orders/7").is_action
    assert not place("POST /cart/items").is_action
    assert not place("POST /orders", route=[{**ORDER, "kind": "routing"}]).is_action


def test_a_step_s_page_is_in_the_journey_without_attempting_the_step() -> None:
    """The page is declared with its step; only the exchanges `on` attempt it."""
    attempt, page, other = place("POST /orders"), place("GET /orders/7/pay"), place("GET /help")

    assert attempt.step is not None
    assert attempt.step.name == attempt.docket.declaration.step == "submit_order"
    assert (page.step, page.docket.declaration.step) == (None, "submit_order")
    assert (other.step, other.docket.declaration.step) == (None, None)


def test_the_declaration_says_what_the_settings_say() -> None:
    """Rules are told kind, contract, key and the site with the hosts that it may send people to."""
    route = {**ORDER, "success": [303], "errors": [409], "dialogue": [422], "idempotency": "required"}
    site = {"public_url": "https://shop.example/shop/", "redirect_hosts": ["pay.example"]}

    declaration = place("POST /orders", route=[route], site=site).docket.declaration

    assert declaration.kind is RouteKind.ACTION
    assert declaration.statuses == StatusContract(frozenset({303}), frozenset({409, 422})).statuses
    assert declaration.needs_key
    assert declaration.site == Origin("https", "shop.example", 443)
    assert declaration.prefix == "/shop"
    assert declaration.target_hosts == {"pay.example"}


def test_repairs_are_switched_by_site_and_route() -> None:
    """Opt-in repairs are added, and what is to be left is taken away, whoever says so."""
    route = {**ORDER, "repair": ["RED002"], "leave": ["RED009"]}
    here = gate(route=[route], site={"repair": ["CAC003"], "leave": ["RTY001"]})

    enabled = here.let_in(request("POST /orders")).place.terms.enabled
    elsewhere = here.let_in(request("GET /help")).place.terms.enabled

    assert {"RED001", "RED002", "CAC003"} <= enabled
    assert not {"RED009", "RTY001"} & enabled
    assert "RED002" not in elsewhere
    assert "RED009" in elsewhere


def test_one_success_in_many_is_looked_into() -> None:
    """The first, and then now and then: a page takes a millisecond to read."""
    here = place("GET /cart")

    assert [number for number in range(1, 600) if here.looks_inside()] == [1, 257, 513]


def test_places_are_found_again() -> None:
    """However many paths strangers make up, a place is one for all exchanges of its route."""
    here = gate()

    places = {id(here.let_in(request(f"GET /orders/{number}")).place) for number in range(5000)}

    assert len(places) == 1
    assert here.let_in(request("GET /orders/" + "9" * 5000)).place.step is not None
