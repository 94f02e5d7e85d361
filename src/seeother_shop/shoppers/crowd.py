# SPDX-License-Identifier: Apache-2.0
"""Many people shopping at once, each visit after visit, until closing time."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from httpx2 import AsyncClient

from .browser import Browser, connections
from .catalogue import KINDS, NAMES, USER_AGENTS
from .plan import Plan, draw_plan
from .tally import Tally
from .visit import Visit

__all__ = ["Closing", "Crowd", "plans_of"]

GRACE_SECONDS = 15.0  # after closing time, for those who are at the till; then they are sent out
STAGGER_SECONDS = 0.05  # between the first visits of two shoppers, so that a crowd does not come in step


def plans_of(seed: int, shopper: int) -> Iterator[Plan]:
    """The visits of one shopper, in order; the same for the same seed."""
    source = Random(f"{seed}/{shopper}")  # noqa: S311  # repeatable on purpose, protects nothing
    while True:
        yield draw_plan(source, KINDS, USER_AGENTS, NAMES)


class Closing:
    """Closing time: nobody comes in any more, and those inside stop dawdling."""

    def __init__(self) -> None:
        """Open the doors."""
        self._event = asyncio.Event()

    @property
    def has_come(self) -> bool:
        """Whether it is closing time."""
        return self._event.is_set()

    def call(self) -> None:
        """Close the doors."""
        self._event.set()

    async def wait(self) -> None:
        """Wait until it is closing time."""
        await self._event.wait()

    async def rest(self, seconds: float) -> None:
        """Wait so long, or until closing time."""
        try:
            await asyncio.wait_for(self._event.wait(), seconds)
        except TimeoutError:
            return


@dataclass(slots=True)
class Crowd:
    """So many shoppers at once in the shop at this address; `pace` 2 thinks twice as fast."""

    shop: str
    shoppers: int
    seed: int
    closing: Closing
    pace: float = 1.0
    tally: Tally = field(default_factory=Tally)

    async def run(self) -> None:
        """Shop until closing time, then let those inside finish, within the grace."""
        async with connections() as client, asyncio.TaskGroup() as group:
            people = [group.create_task(self._shop(client, number)) for number in range(self.shoppers)]
            await self.closing.wait()
            await asyncio.wait(people, timeout=GRACE_SECONDS)
            for task in people:
                task.cancel()

    async def _shop(self, client: AsyncClient, number: int) -> None:
        await self.closing.rest(number * STAGGER_SECONDS / self.pace)
        for plan in plans_of(self.seed, number):
            if self.closing.has_come:
                return
            browser = Browser(client, plan.user_agent, on_answer=self.tally.answered)
            await Visit(browser, plan, shop=self.shop, tally=self.tally, rest=self._rest).run()
            await self._rest(plan.pauses_seconds[0])

    async def _rest(self, seconds: float) -> None:
        await self.closing.rest(seconds / self.pace)
