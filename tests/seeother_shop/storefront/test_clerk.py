# SPDX-License-Identifier: Apache-2.0
"""What the clerk does twice, does not do, and gives up."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seeother.errors import PeerError
from seeother.ledger import once
from seeother_shop.database import Database
from seeother_shop.storefront import Cart, Order, OrderState
from seeother_shop.storefront.clerk import Clerk
from seeother_shop.storefront.orders import hand_over, pay
from seeother_shop.storefront.stockroom import Stockroom
from seeother_shop.storefront.till import Till
from tests.clock import FakeClock
from tests.seeother_shop.storefront.counter import counter, kinds, placed

_NOBODY = "http://127.0.0.1:9"  # the discard port: nobody listens there


@contextmanager
def _clerk(shop: Database, clock: FakeClock) -> Generator[Clerk]:
    """A clerk whom nobody answers."""
    stockroom, till = Stockroom(_NOBODY), Till(_NOBODY, "key")
    yield Clerk(shop, stockroom, till, clock, merchant="Linden", webhook_url=_NOBODY)
    stockroom.close()
    till.close()


def _placed(shop: Database, clock: FakeClock) -> str:
    with once(shop.writers) as action:
        order = placed(action, mug=1)
        order.placed_at = clock.time()
        return order.id


def test_an_order_that_nobody_answers_for_is_given_up_in_the_end(tmp_path: Path) -> None:
    """Until then it stays as it is; afterwards it has failed, its stock goes back, and another one may be made."""
    clock = FakeClock()
    with counter(tmp_path) as shop, _clerk(shop, clock) as clerk:
        order_id = _placed(shop, clock)

        with pytest.raises(PeerError):
            clerk.prepare(order_id)
        with shop.reading() as session:
            order = session.get_one(Order, order_id)
            before = order.state, session.get_one(Cart, order.cart_id).form_key
        clock.advance(900)
        clerk.prepare(order_id)

        with shop.reading() as session:
            order = session.get_one(Order, order_id)
            after = order.state, session.get_one(Cart, order.cart_id).form_key
        assert (before[0], after[0]) == (OrderState.PLACED, OrderState.FAILED)
        assert before[1] != after[1]
        assert "could not reserve" in order.reason
        assert kinds(shop) == ["prepare", "release"]


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    """Nobody is asked about an order that has its page to pay on, or its end."""
    clock = FakeClock()
    with counter(tmp_path) as shop, _clerk(shop, clock) as clerk:
        ready, paid = _placed(shop, clock), _placed(shop, clock)
        with once(shop.writers) as action:
            hand_over(action, ready, session_id="s", pay_url="http://127.0.0.1/pay/s")
            pay(action, paid, now=clock.time())

        clerk.prepare(ready)
        clerk.prepare(paid)
        clerk.settle(paid)


def test_a_page_to_pay_on_comes_too_late_for_an_order_that_has_ended(tmp_path: Path) -> None:
    """Two at once prepare an order: what the slower one brings changes nothing."""
    clock = FakeClock()
    with counter(tmp_path) as shop:
        order_id = _placed(shop, clock)
        with once(shop.writers) as action:
            pay(action, order_id, now=clock.time())
            hand_over(action, order_id, session_id="late", pay_url="http://127.0.0.1/pay/late")

        with shop.reading() as session:
            assert session.get_one(Order, order_id).session_id is None
