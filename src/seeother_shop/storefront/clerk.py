# SPDX-License-Identifier: Apache-2.0
"""Does for an order what others must be asked for, and writes down what came of it.

Rules of this file: everything may be done twice, and be broken off anywhere, for each call says which order it is
about and each move of an order counts once. No transaction is open while somebody else is asked. What cannot be done
now is left as it is and raises PeerError: its errand comes again.
"""

from collections.abc import Callable

from sqlalchemy.orm import Session

from seeother.clock import Clock
from seeother.errors import PeerError
from seeother.ledger import Action, once
from seeother_shop.database import Database

from . import orders
from .stockroom import ShortageError, Stockroom
from .tables import Errand, Order, OrderState
from .till import Till

_GIVE_UP_SECONDS = 900.0  # whoever has waited so long for a place to pay has gone
# What people read about an order from which nothing came.
_NOT_ENOUGH = "We do not have enough of something in your cart any more. Please take some of it out."
_NOT_RESERVED = "We could not reserve your things just now. Your cart is as you left it, and no money was taken."
_SOLD_OUT = "Something in your order was sold out before it was paid."
_CANCELLED = "You cancelled the payment."


class Clerk:
    """Goes to the stockroom and to the till for the storefront's orders."""

    def __init__(
        self, database: Database, stockroom: Stockroom, till: Till, clock: Clock, *, merchant: str, webhook_url: str
    ) -> None:
        """Work on the orders in `database`; the provider sends its events to `webhook_url`."""
        self._database = database
        self._stockroom = stockroom
        self._till = till
        self._clock = clock
        self._merchant = merchant
        self._webhook_url = webhook_url

    def prepare(self, order_id: str) -> None:
        """Have an order's products put aside and a page opened to pay on."""
        order = self._order(order_id)
        if order.state != OrderState.PLACED or order.pay_url is not None:
            return
        try:
            self._stockroom.reserve(order.id, {line.product: line.quantity for line in order.lines})
            opened = self._till.open(order, merchant=self._merchant, webhook_url=self._webhook_url)
        except ShortageError:
            self._fail(order_id, _NOT_ENOUGH)
        except PeerError:
            if self._now - order.placed_at < _GIVE_UP_SECONDS:
                raise
            self._fail(order_id, _NOT_RESERVED)
        else:
            self._move(
                lambda action: orders.hand_over(
                    action, order_id, session_id=opened.session_id, pay_url=opened.url
                )
            )  # fmt: skip

    def settle(self, order_id: str) -> None:
        """Ask the provider how the payment stands, and take the money if it may be taken."""
        order = self._order(order_id)
        if order.session_id is None or order.state not in {OrderState.PLACED, OrderState.CHECKING}:
            return
        standing = self._till.standing(order.session_id)
        if standing.state == "open":
            return
        if standing.state != "authorised" or standing.payment is None:
            self._decline(order_id, standing.reason or _CANCELLED)
            return
        # From here on money may move: whatever happens to this process, somebody comes back to it.
        self._move(lambda action: orders.check(action, order_id))
        try:
            self._stockroom.confirm(order_id)
        except ShortageError:
            self._decline(order_id, _SOLD_OUT)
            return
        if self._till.capture(standing.payment, order):
            self._move(lambda action: orders.pay(action, order_id, now=self._now))
        else:
            self._decline(order_id, standing.reason)

    def settle_later(self, order_id: str) -> None:
        """Have a payment settled even if the person does not ask again."""
        self._move(lambda action: orders.ask_later(action, order_id))

    def tell(self, order_id: str, errand: str) -> bool:
        """Have an order's products sold or put back; False when the inventory says that it cannot be done."""
        if errand == Errand.RELEASE and self._order(order_id).state == OrderState.PAID:
            return True  # it was given up and then paid after all: money decides
        return self._stockroom.tell(order_id, errand)

    @property
    def _now(self) -> float:
        return self._clock.time()

    def _fail(self, order_id: str, reason: str) -> None:
        self._move(lambda action: orders.fail(action, order_id, reason, now=self._now))

    def _decline(self, order_id: str, reason: str) -> None:
        self._move(lambda action: orders.decline(action, order_id, reason, now=self._now))

    def _move(self, move: Callable[[Action[Session]], None]) -> None:
        """Move an order, in a transaction with the errands that come of it."""
        with once(self._database.writers) as action:
            move(action)

    def _order(self, order_id: str) -> Order:
        with self._database.reading() as session:
            return session.get_one(Order, order_id)
