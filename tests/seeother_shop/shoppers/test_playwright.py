# SPDX-License-Identifier: Apache-2.0
"""The shopper in a real browser buys with scripts on and with scripts off."""

import asyncio

import pytest

from seeother_shop.shoppers import Closing, Outcome, Tally
from seeother_shop.shoppers.playwright import shop_with_chromium
from tests.seeother_shop.shoppers.conftest import OpenShop
from tests.servers.chromium import Chromium


@pytest.mark.slow
async def test_two_visits_are_two_purchases(open_shop: OpenShop, chromium: Chromium) -> None:
    """The first has scripts, the second has none; each ends on its own confirmation."""
    before = open_shop.books()
    closing, tally = Closing(), Tally()
    shopping = asyncio.create_task(
        shop_with_chromium(chromium.executable, shop=open_shop.url, seed=1, closing=closing, tally=tally)
    )
    while tally.visits < 2:
        await asyncio.wait([shopping], timeout=0.05)

    closing.call()
    await shopping

    assert tally.errors == {}
    assert tally.outcomes == {Outcome.BOUGHT: 2}
    assert len(tally.orders) == 2
    assert open_shop.books().orders - before.orders == 2
