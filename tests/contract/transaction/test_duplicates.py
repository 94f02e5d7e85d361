# SPDX-License-Identifier: Apache-2.0
"""Duplicates that come at the same time, to one process and to several, whatever the library."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from tests.contract.transaction.conftest import Books, Opener
from tests.contract.transaction.shops import Wish


@pytest.mark.parametrize("processes", [1, 4])
async def test_duplicates_are_one_order_and_one_answer(opened: Opener, books: Books, *, processes: int) -> None:
    """Twelve clicks at once: one order, and all get the answer of the one that made it."""
    async with AsyncExitStack() as stack:
        shops = [
            await stack.enter_async_context(opened(in_flight="wait", owned=not books.url.startswith("sqlite")))
            for _ in range(processes)
        ]
        answers = await asyncio.gather(*[shops[place % processes].post() for place in range(12)])

    assert books.orders == ["tea"]
    assert books.actions == [("k-1", 2)]
    assert {(each.status, each.content) for each in answers} <= {(303, answers[0].own.content)} | {
        (each.status, each.content) for each in answers if each.status == 409 and b"in-progress" in each.content
    }
    assert [each.is_replayed for each in answers if each.status == 303].count(False) == 1


async def test_another_key_is_another_order(opened: Opener, books: Books) -> None:
    """Orders under keys of their own do not wait for each other's answers, and none is lost."""
    async with opened() as one, opened() as other:
        answers = await asyncio.gather(
            *[shop.post(Wish(f"tea {n}"), key=f"k-{n}") for n in range(8) for shop in (one, other)]
        )

    assert sorted(books.orders) == [f"tea {n}" for n in range(8)]
    assert {each.status for each in answers} <= {303, 409}
    assert [each.is_replayed for each in answers if each.status == 303].count(False) == 8
