# SPDX-License-Identifier: Apache-2.0
"""The whole shop, bought from over real sockets with scripts off."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from seeother_shop.database import Database
from seeother_shop.demo.cast import Databases
from seeother_shop.storefront import Order
from tests.seeother_shop.buyer import ADDRESS, BAD_CARD, Buyer, Form, Page
from tests.seeother_shop.premises import Premises, open_shop


def _sold(premises: Premises) -> dict[str, int]:
    return {product.product: product.sold for product in premises.books().products if product.sold}


def _reserved(premises: Premises) -> int:
    return sum(product.reserved for product in premises.books().products)


def _states(premises: Premises) -> list[str]:
    """Where the orders stand, oldest first."""
    with Database(premises.database("storefront")) as database, database.reading() as session:
        return list(session.scalars(select(Order.state).order_by(Order.placed_at)))


def test_a_purchase_ends_with_balanced_books(premises: Premises, buyer: Buyer) -> None:
    """A person buys with forms and links alone; one order, one charge, the units sold, the cart empty."""
    end = buyer.buy("oak-stool", 2)

    premises.flush_webhooks()
    books = premises.books()
    assert end.answer.status_code == 200
    assert "Thank you, Ada Lovelace" in end.text
    assert "€298.00" in end.text
    assert (books.orders, books.charges) == (1, 1)
    assert _sold(premises) == {"oak-stool": 2}
    assert books.balanced
    assert "Your cart is empty" in buyer.go("/cart").text


def test_a_wrong_field_is_part_of_the_dialogue(premises: Premises, buyer: Buyer) -> None:
    """The form comes back with its errors and what was typed; put right under the same key, it is accepted."""
    buyer.fill_cart()
    form = buyer.go("/checkout").form("/orders")

    wrong = Page(buyer.post(form, **{**ADDRESS, "email": "ada", "city": " "}))

    again = wrong.form("/orders")
    assert wrong.answer.status_code == 422
    assert "Please tell us the town." in wrong.text
    assert (again.values["name"], again.values["email"]) == ("Ada Lovelace", "ada")
    assert again.values["idempotency_key"] == form.values["idempotency_key"]
    assert _reserved(premises) == 0
    assert buyer.post(again, **ADDRESS).status_code == 303


def test_a_declined_card_orders_nothing_and_leaves_the_cart(premises: Premises, buyer: Buyer) -> None:
    """The person reads why, nothing is charged or reserved, and a second attempt with another card succeeds."""
    declined = buyer.buy(card=BAD_CARD)

    assert "The card was declined." in declined.text
    assert "/checkout" in declined.links
    assert (premises.books().charges, _reserved(premises)) == (0, 0)

    again = buyer.go("/checkout")
    assert "not paid yet" not in again.text
    assert again.form("/orders").values["name"] == "Ada Lovelace"
    answer = buyer.come_back(buyer.authorise(buyer.send(again.form("/orders"))))

    premises.flush_webhooks()
    assert "Thank you" in buyer.go(answer.headers["location"]).text
    assert premises.books().balanced


@pytest.mark.parametrize(("mode", "orders"), [("repair", 1), ("off", 2)])
def test_two_submits_make_one_order_only_by_the_guard(tmp_path: Path, mode: str, orders: int) -> None:
    """The ledger answers both with the first one's answer; without it there are two orders: nothing else protects."""
    with open_shop(tmp_path, mode=mode) as premises, Buyer(premises) as buyer, ThreadPoolExecutor(2) as both:
        buyer.fill_cart()
        form = buyer.go("/checkout").form("/orders")

        sent = [both.submit(buyer.post, form, **ADDRESS) for _ in range(2)]
        answers = [each.result() for each in sent]

        assert [answer.status_code for answer in answers] == [303, 303]
        assert len({answer.headers["location"] for answer in answers}) == orders
        assert len(_states(premises)) == orders


def test_back_and_submit_again_leads_to_the_paid_order(premises: Premises, buyer: Buyer) -> None:
    """Whoever sends the old form again after paying gets the same hand-off, and from there the paid order."""
    buyer.fill_cart()
    form = buyer.go("/checkout").form("/orders")
    pay = buyer.send(form, **ADDRESS)
    buyer.come_back(buyer.authorise(pay))

    again = buyer.send(form, **ADDRESS)

    assert "Thank you" in again.text
    assert premises.books().orders == 1
    assert _sold(premises) == {"harbour-teapot": 1}


def test_a_form_looked_at_again_says_that_the_order_waits(premises: Premises, buyer: Buyer) -> None:
    """Back from the hand-off: the form is as it was sent, and sent once more it leads to the same order."""
    pay = buyer.order()

    again = buyer.go("/checkout")

    assert "not paid yet" in again.text
    assert {name: again.form("/orders").values[name] for name in ADDRESS} == ADDRESS
    assert buyer.send(again.form("/orders")).answer.url == pay.answer.url
    assert _states(premises) == ["placed"]


def test_a_cart_that_changed_meanwhile_is_shown_first(premises: Premises, buyer: Buyer) -> None:
    """A form of the cart as it was orders nothing that the person has not seen."""
    buyer.fill_cart()
    old = buyer.go("/checkout").form("/orders")
    buyer.fill_cart("oak-stool")

    answer = Page(buyer.post(old, **ADDRESS))

    assert answer.answer.status_code == 409
    assert "Your cart has changed" in answer.text
    assert "Oak stool" in answer.text
    assert _reserved(premises) == 0
    assert buyer.post(answer.form("/orders"), **ADDRESS).status_code == 303


def test_too_little_stock_is_said_and_nothing_is_held(tmp_path: Path) -> None:
    """Nobody orders what is not there, the rest of the cart is not held either, and the next order is another one."""
    with open_shop(tmp_path, stock=1) as premises, Buyer(premises) as buyer:
        buyer.fill_cart("oak-stool", 2)
        buyer.fill_cart("bud-vase", 1)
        form = buyer.go("/checkout").form("/orders")

        answer = buyer.send(form, **ADDRESS)

        assert "Nothing was ordered" in answer.text
        assert "We do not have enough" in answer.text
        assert _states(premises) == ["failed"]
        assert _reserved(premises) == 0
        assert premises.books().balanced
        again = buyer.go(answer.links["/checkout"]).form("/orders")
        assert again.values["idempotency_key"] != form.values["idempotency_key"]
        assert buyer.send(form, **ADDRESS).answer.url == answer.answer.url  # Back, and the old form once more


def test_an_inventory_that_answers_too_late_has_the_order_wait(premises: Premises, buyer: Buyer) -> None:
    """Nobody knows whether the stock was taken: the order is kept, never called failed, and goes on by itself."""
    premises.faults.add("inventory-504")
    buyer.fill_cart()
    form = buyer.go("/checkout").form("/orders")

    answer = buyer.post(form, **ADDRESS)
    waiting = buyer.go(answer.headers["location"])

    assert answer.status_code == 303
    assert waiting.answer.status_code == 200
    assert "We are getting your order ready" in waiting.text
    assert waiting.answer.headers["refresh"] == "1"
    assert _states(premises) == ["placed"]
    assert premises.books().balanced  # an order that waits is nothing that is missing

    premises.faults.clear()
    pay = buyer.await_pay(waiting)
    again = buyer.send(form, **ADDRESS)
    buyer.come_back(buyer.authorise(pay))

    assert again.answer.url == pay.answer.url
    assert (len(_states(premises)), _sold(premises)) == (1, {"harbour-teapot": 1})


def test_whoever_has_ordered_is_told_of_that_order_whatever_else(tmp_path: Path, databases: Databases) -> None:
    """A restart, and an inventory that is known to be away: the form sent again still leads to its order."""
    with open_shop(tmp_path, databases=databases) as before, Buyer(before) as buyer:
        buyer.fill_cart()
        form = buyer.go("/checkout").form("/orders")
        first = buyer.post(form, **ADDRESS)
        secrets = before.secrets
    with open_shop(tmp_path, databases=databases, secrets=secrets) as premises, buyer.moved(premises) as again:
        premises.faults.add("inventory-504")
        refused = False
        while not refused:
            with Buyer(premises) as other:
                other.fill_cart()
                refused = other.post(other.go("/checkout").form("/orders"), **ADDRESS).status_code == 503

        second = again.post(Form(premises.shop + "/orders", form.values), **ADDRESS)

        assert (second.status_code, second.headers["location"]) == (303, first.headers["location"])
        assert second.headers["idempotency-replayed"] == "true"


def test_a_lost_payment_is_checked_and_settled_by_the_webhook(premises: Premises, buyer: Buyer) -> None:
    """The charge was made and its answer cut: no failure is shown, nothing is charged twice, the webhook tells."""
    pay = buyer.order()
    premises.faults.add("payment-lost")

    lost = buyer.come_back(buyer.authorise(pay))
    status = lost.headers["location"]
    pending = buyer.go(status)

    assert (lost.status_code, status) == (303, "/checkout/status")
    assert "We are checking your payment" in pending.text
    assert pending.answer.headers["refresh"] == "3"
    books = premises.books()
    assert (books.orders, books.charges, books.unsettled_charges) == (0, 1, 1)
    assert books.charges_match_orders

    assert premises.flush_webhooks() == 0
    assert "Thank you" in buyer.go(status).text
    premises.await_books(lambda: premises.books().balanced)


def test_a_shop_without_a_guard_says_itself_that_it_is_checking(tmp_path: Path) -> None:
    """504 with a way on, and no Refresh: the page answers a POST."""
    with open_shop(tmp_path, mode="observe") as premises, Buyer(premises) as buyer:
        pay = buyer.order()
        premises.faults.add("payment-lost")

        lost = Page(buyer.come_back(buyer.authorise(pay)))

        assert lost.answer.status_code == 504
        assert "We are checking your payment" in lost.text
        assert "refresh" not in lost.answer.headers
        assert any(target.endswith("/status") for target in lost.links)


def test_the_outcome_page_says_what_became_of_the_order(premises: Premises, buyer: Buyer) -> None:
    """None yet, waiting for its payment, paid; and of an order to come it knows nothing yet."""
    said = [buyer.go("/checkout/status").text]
    buyer.fill_cart()
    said.append(buyer.go("/checkout/status").text)
    pay = buyer.order()
    said.append(buyer.go("/checkout/status").text)
    buyer.come_back(buyer.authorise(pay))
    said.append(buyer.go("/checkout/status").text)
    buyer.fill_cart()
    said.append(buyer.go("/checkout/status").text)

    none, waiting, paid = "We see no order yet", "Your payment is still open", "Thank you"
    expected = [none, none, waiting, paid, none]
    assert [text in page for text, page in zip(expected, said, strict=True)] == [True] * 5
    assert premises.books().orders == 1


def test_coming_back_again_settles_a_lost_payment(premises: Premises, buyer: Buyer) -> None:
    """The provider's button pressed again asks under the same key: one charge, and now its answer."""
    way_back = buyer.authorise(buyer.order())
    premises.faults.add("payment-lost")
    assert buyer.come_back(way_back).headers["location"] == "/checkout/status"
    premises.faults.clear()

    answer = buyer.come_back(way_back)

    assert answer.status_code == 303
    assert "Thank you" in buyer.go(answer.headers["location"]).text
    assert (premises.books().orders, premises.books().charges) == (1, 1)


def test_two_returns_at_once_charge_once(premises: Premises, buyer: Buyer) -> None:
    """The provider's button pressed twice: both lead to the paid order."""
    way_back = buyer.authorise(buyer.order())

    with ThreadPoolExecutor(2) as both:
        sent = [both.submit(buyer.come_back, way_back) for _ in range(2)]
        answers = [each.result() for each in sent]

    assert len({(answer.status_code, answer.headers["location"]) for answer in answers}) == 1
    assert (premises.books().orders, premises.books().charges) == (1, 1)


def test_one_journey_goes_through_shop_and_inventory_and_past_the_provider(premises: Premises, buyer: Buyer) -> None:
    """The return comes without cookies and is known by its token; the provider never hears the id."""
    product = buyer.go("/products/bud-vase")
    journey = product.answer.headers["x-journey-id"]

    way_back = buyer.authorise(buyer.order("bud-vase"))
    returned = buyer.come_back(way_back)

    provider = b"\n".join(premises.heard["payments"])
    assert returned.headers["x-journey-id"] == journey
    inventory = b"\n".join(premises.heard["inventory"])
    assert journey.encode() in inventory
    assert b"request-timeout-ms: " in inventory
    assert b"request-timeout-ms" not in provider
    assert b"seeother_return=" in provider
    assert journey.encode() not in provider
    assert b"traceparent" not in provider
    assert b"baggage" not in provider


def test_a_lost_payment_is_settled_by_asking_again(premises: Premises, buyer: Buyer) -> None:
    """No webhook comes: the same capture is asked for under the same key, and its answer is the first one's."""
    pay = buyer.order()
    premises.faults.update({"payment-lost", "webhooks-held"})
    lost = buyer.come_back(buyer.authorise(pay))
    premises.faults.discard("payment-lost")

    end = buyer.look_again(buyer.go(lost.headers["location"]), lambda page: "Thank you" in page.text)

    assert "Thank you" in end.text
    assert (premises.books().orders, premises.books().charges) == (1, 1)


@pytest.mark.parametrize("stock", [1, 2])
def test_money_is_taken_only_for_what_is_there(tmp_path: Path, stock: int) -> None:
    """A reservation whose time is over is taken again if it can be; what somebody else has bought is not charged."""
    with (
        open_shop(tmp_path, stock=stock, hold_seconds=0.0) as premises,
        Buyer(premises) as slow,
        Buyer(premises) as other,
    ):
        way_back = slow.authorise(slow.order())
        premises.await_books(lambda: _reserved(premises) == 0)
        assert "Thank you" in other.buy().text

        end = slow.go(slow.come_back(way_back).headers["location"])

        premises.flush_webhooks()
        assert ("Thank you" in end.text, "was sold out" in end.text) == (stock == 2, stock == 1)
        assert premises.books().charges == stock
        premises.await_books(lambda: premises.books().balanced)


def test_a_payment_waits_for_an_inventory_that_is_away(premises: Premises, buyer: Buyer) -> None:
    """Nothing is charged before the stock is sure; once it is, the payment goes on without the person."""
    way_back = buyer.authorise(buyer.order())
    premises.faults.add("inventory-away")

    waits = Page(buyer.come_back(way_back))

    assert waits.answer.status_code == 503
    assert "Nothing is charged yet" in waits.text
    assert premises.books().charges == 0

    premises.faults.clear()
    status = next(link for link in waits.links if link.endswith("/status"))
    assert "Thank you" in buyer.look_again(buyer.go(status), lambda page: "Thank you" in page.text).text
    assert (premises.books().orders, premises.books().charges) == (1, 1)


def test_a_payment_that_nobody_could_ask_about_goes_on_without_the_person(premises: Premises, buyer: Buyer) -> None:
    """Whoever has paid and is told to wait may leave: the provider is asked as soon as it is there again."""
    way_back = buyer.authorise(buyer.order())
    premises.faults.add("payments-away")

    waits = buyer.come_back(way_back)

    assert waits.status_code == 503
    assert (premises.books().orders, premises.books().charges) == (0, 0)

    premises.faults.clear()
    premises.await_books(lambda: (premises.books().orders, premises.books().charges) == (1, 1))


@pytest.mark.parametrize(("mode", "status"), [("observe", 302), ("repair", 303)])
def test_the_naive_shop_answers_302_and_the_guard_makes_it_303(tmp_path: Path, mode: str, status: int) -> None:
    """The mistake is visible from outside while the guard only observes, and mended when it may."""
    with open_shop(tmp_path, mode=mode, naive=frozenset({"order-302"})) as premises, Buyer(premises) as buyer:
        buyer.fill_cart()

        answer = buyer.post(buyer.go("/checkout").form("/orders"), **ADDRESS)

        assert answer.status_code == status
