# SPDX-License-Identifier: Apache-2.0
"""Webhooks and returns that come twice, late, forged or for nothing of ours."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from standardwebhooks import Webhook

from seeother_shop.connection import trusted_for
from seeother_shop.serving import WEBHOOK_SECRET
from tests.seeother_shop.buyer import Buyer, Page
from tests.seeother_shop.premises import Premises


def _event(pay: Page, **changes: object) -> bytes:
    order = urlsplit(str(pay.answer.url)).path.split("/")[2]
    data = {"order": order, "amount_minor": 5400, "currency": "EUR", **changes}
    return json.dumps({"type": changes.pop("type", "payment.captured"), "data": data}).encode()


def _deliver(premises: Premises, content: bytes, *, age: float = 0, key: str = "evt_1", **fields: str) -> Any:  # noqa: ANN401 - an answer
    moment = datetime.now(UTC) - timedelta(seconds=age)
    signature = Webhook(premises.secrets[WEBHOOK_SECRET]).sign(key, moment, content.decode())
    head = {
        "content-type": "application/json",
        "webhook-id": key,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signature,
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }
    url = f"{premises.shop}/payments/webhook"
    return httpx2.post(url, content=content, headers=head, verify=trusted_for(premises.shop))


def test_a_webhook_before_the_return_settles_the_order(premises: Premises, buyer: Buyer) -> None:
    """Whoever closes the browser at the provider has an order all the same; a second webhook changes nothing."""
    pay = buyer.order()
    content = _event(pay)

    first = _deliver(premises, content)
    second = _deliver(premises, content)
    another = _deliver(premises, content, key="evt_2")

    assert [first.status_code, second.status_code, another.status_code] == [204, 204, 204]
    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in another.headers
    assert premises.books().orders == 1
    assert premises.books().stock_matches_orders
    assert "Thank you" in buyer.go(str(pay.answer.url)).text


def test_a_forged_webhook_is_not_believed(premises: Premises, buyer: Buyer) -> None:
    """Another secret, another content, an old or missing signature: 401, and the true one still gets through."""
    pay = buyer.order()
    content = _event(pay)
    forger = "v1," + Webhook(b"another secret").sign("evt_1", datetime.now(UTC), content.decode())[3:]

    answers = [
        _deliver(premises, content, webhook_signature=forger),
        _deliver(premises, content, webhook_signature="v1,%%%"),
        _deliver(premises, content, webhook_signature="nonsense"),
        _deliver(premises, content, webhook_timestamp="yesterday"),
        _deliver(premises, content, age=3600),
    ]

    assert [answer.status_code for answer in answers] == [401] * 5
    assert premises.books().orders == 0
    assert _deliver(premises, content).status_code == 204
    assert premises.books().orders == 1


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"amount_minor": 1}, 422),
        ({"currency": "USD"}, 422),
        ({"order": "none"}, 404),
        ({"order": "No. 7"}, 404),
        ({"order": "No. 7", "currency": 1}, 404),
        ({"amount_minor": "much"}, 422),
        ({"type": "payment.refunded"}, 204),
    ],
)
def test_an_event_that_does_not_fit_settles_nothing(visitor: Buyer, changes: dict[str, object], status: int) -> None:
    """A signed event about something else is answered as what it is."""
    pay = visitor.order()

    answer = _deliver(visitor.premises, _event(pay, **changes), key=f"evt_of_{pay.links['pay'][-8:]}")

    assert answer.status_code == status
    assert visitor.go(str(pay.answer.url)).links["pay"] == pay.links["pay"]


def test_an_event_that_is_no_json_is_malformed(visitor: Buyer) -> None:
    """Signed or not, 400 says that it cannot be read at all."""
    assert _deliver(visitor.premises, b'{"type": ', key="evt_cut").status_code == 400


def test_a_return_is_not_believed_but_asked_about(visitor: Buyer) -> None:
    """Coming back without having paid leads to the payment; a session that is none of ours to a page that says so."""
    pay = visitor.order()
    session = pay.links["pay"].rsplit("/", 1)[1]
    url = f"{visitor.premises.shop}/payments/return"

    unpaid = httpx2.post(url, data={"session": session}, verify=trusted_for(url))
    strange = [httpx2.post(url, data=data, verify=trusted_for(url)) for data in ({"session": "none"}, {})]

    assert (unpaid.status_code, unpaid.headers["location"]) == (303, urlsplit(str(pay.answer.url)).path)
    assert [answer.status_code for answer in strange] == [404, 404]
    assert "We do not know this order" in strange[0].text


def test_a_cancelled_payment_leads_back_to_the_checkout(premises: Premises, buyer: Buyer) -> None:
    """Nothing is charged, the cart is as it was, and the next order has another key."""
    buyer.fill_cart()
    before = buyer.go("/checkout").form("/orders").values["idempotency_key"]
    pay = buyer.order("bud-vase")

    answer = buyer.come_back(buyer.authorise(pay, {"action": "cancel"}))
    end = buyer.go(answer.headers["location"])

    assert "You cancelled the payment." in end.text
    assert buyer.go("/checkout").form("/orders").values["idempotency_key"] != before
    assert premises.books().charges == 0


def test_an_order_that_waits_says_so_and_looks_again(visitor: Buyer) -> None:
    """Its page refreshes by itself and leads to the payment; a paid order's address leads there, too."""
    pay = visitor.order()
    path = urlsplit(str(pay.answer.url)).path.removesuffix("/pay")

    waiting = visitor.go(path)

    assert str(waiting.answer.url).endswith("/status")
    assert waiting.answer.headers["refresh"] == "3"
    assert f"{path}/pay" in waiting.links


@pytest.mark.parametrize("path", ["/orders/none", "/orders/none/pay", "/orders/none/status"])
def test_an_unknown_order_has_a_page(visitor: Buyer, path: str) -> None:
    """A mistyped address is answered with a way on."""
    page = visitor.go(path)

    assert page.answer.status_code == 404
    assert "/" in page.links
