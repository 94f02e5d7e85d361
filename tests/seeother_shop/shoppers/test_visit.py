# SPDX-License-Identifier: Apache-2.0
"""Visits to the real shop: whatever people do, one order and one charge a purchase."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from seeother_shop.shoppers import Browser, Outcome, Plan, Tally, Visit, connections
from seeother_shop.shoppers.plan import LEAVING
from tests.seeother_shop.shoppers.conftest import OpenShop

PLAIN = Plan(
    kind="plain",
    user_agent="Mozilla/5.0",
    shelf=(0.0,),
    quantity=1,
    pauses_seconds=(0.0,),
    leaves_at=None,
    mistypes=False,
    clicks_twice=False,
    goes_back=False,
    refreshes=False,
    declined=False,
    patience=2,
    name="Ada Young",
)


async def visit(shop: OpenShop, plan: Plan) -> tuple[Outcome, Tally, int, int]:
    """Carry out a plan: its outcome, what was seen, and how many orders and charges the shop has more than before."""
    before = shop.books()
    tally = Tally()
    async with connections() as client:
        browser = Browser(client, plan.user_agent, on_answer=tally.answered)
        outcome = await Visit(browser, plan, shop=shop.url, tally=tally, rest=asyncio.sleep).run()
    after = shop.books()
    assert tally.outcomes == {outcome: 1}
    assert after.duplicate_charges == 0
    return outcome, tally, after.orders - before.orders, after.charges - before.charges


@pytest.mark.parametrize(
    ("habit", "noted"),
    [
        ({}, {}),
        ({"shelf": (0.0, 0.5, 0.99), "quantity": 3}, {}),
        ({"mistypes": True}, {"mistyped_form": 1}),
        ({"clicks_twice": True}, {"double_click": 1}),
        ({"refreshes": True}, {"refresh": 1}),
        ({"goes_back": True}, {"back_resubmit": 1, "second_return": 1}),
        ({"clicks_twice": True, "goes_back": True, "refreshes": True, "mistypes": True}, None),
    ],
)
async def test_a_purchase_is_one_order_and_one_charge(
    open_shop: OpenShop, habit: dict[str, Any], noted: dict[str, int] | None
) -> None:
    """Double clicks, reloads, Back and forms sent again make neither a second order nor a second charge."""
    outcome, tally, orders, charges = await visit(open_shop, replace(PLAIN, **habit))

    assert (outcome, orders, charges) == (Outcome.BOUGHT, 1, 1)
    assert (len(tally.orders), tally.second_orders, tally.entered) == (1, 0, 1)
    assert tally.errors == {}
    assert not [status for status in tally.statuses if status >= 500 or status == 0]
    assert noted is None or tally.habits == noted


async def test_a_declined_card_is_tried_again_with_another(open_shop: OpenShop) -> None:
    """The declined order is not paid, the second one is; both are visible to the shopper as different orders."""
    outcome, tally, orders, charges = await visit(open_shop, replace(PLAIN, declined=True))

    assert (outcome, orders, charges) == (Outcome.BOUGHT, 1, 1)
    assert tally.habits == {"declined_card": 1}
    assert tally.second_orders == 0


@pytest.mark.parametrize("place", LEAVING)
async def test_people_leave_where_they_planned_to(open_shop: OpenShop, place: str) -> None:
    """Nothing is charged, wherever it was."""
    outcome, tally, orders, charges = await visit(open_shop, replace(PLAIN, leaves_at=place))

    assert (outcome, orders, charges) == (Outcome.LEFT, 0, 0)
    assert tally.habits == {f"left_at_{place}": 1}


async def test_many_at_once_are_many_orders(open_shop: OpenShop) -> None:
    """Twelve people at the till in the same moment: twelve orders, twelve charges, the stock adds up."""
    before = open_shop.books()
    tally = Tally()
    async with connections() as client:
        browsers = [Browser(client, PLAIN.user_agent, on_answer=tally.answered) for _ in range(12)]
        plan = replace(PLAIN, clicks_twice=True)
        await asyncio.gather(
            *(Visit(each, plan, shop=open_shop.url, tally=tally, rest=asyncio.sleep).run() for each in browsers)
        )
    after = open_shop.books()

    assert tally.outcomes == {Outcome.BOUGHT: 12}
    assert (after.orders - before.orders, after.charges - before.charges) == (12, 12)
    assert after.stock_conserved
    assert after.duplicate_charges == 0
