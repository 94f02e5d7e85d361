# SPDX-License-Identifier: Apache-2.0
"""A crowd comes in, and goes at closing time."""

import asyncio

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from seeother_shop.shoppers import Closing, Crowd, Outcome
from tests.seeother_shop.shoppers.echo import serving


async def test_people_give_up_on_a_broken_shop_and_come_again() -> None:
    """Each reloads as often as patience allows, then leaves; what they saw is counted."""
    enough = asyncio.Event()

    async def broken(_request: Request) -> Response:
        if len(shop.seen) == 50:
            enough.set()
        return HTMLResponse("<title>Sorry</title>", 500)

    async with serving(broken) as shop:
        closing = Closing()
        crowd = Crowd(shop.url, 3, seed=1, closing=closing, pace=1000)
        running = asyncio.create_task(crowd.run())
        await enough.wait()

        closing.call()
        await running

    tally = crowd.tally
    assert tally.outcomes == {Outcome.GAVE_UP: tally.visits}
    assert tally.statuses == {500: tally.exchanges}
    assert set(tally.errors) == {"home 500"}
    assert tally.exchanges == len(shop.seen)
    assert tally.entered == 0


async def test_nobody_stays_after_closing_time() -> None:
    """Long think times are cut short; whoever is inside leaves by the door."""
    arrived = asyncio.Event()

    async def plain(_request: Request) -> Response:
        arrived.set()
        return HTMLResponse("<a href='/products/mug'>mug</a>")

    async with serving(plain) as shop:
        closing = Closing()
        crowd = Crowd(shop.url, 2, seed=1, closing=closing, pace=0.001)
        running = asyncio.create_task(crowd.run())
        await arrived.wait()

        closing.call()
        await asyncio.wait_for(running, 20)

    assert sum(crowd.tally.outcomes.values()) == crowd.tally.visits == 1
