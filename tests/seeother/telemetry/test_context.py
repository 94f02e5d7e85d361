# SPDX-License-Identifier: Apache-2.0
"""The exchange under way follows tasks and threads, and its ids are random and valid."""

import asyncio
import subprocess
import sys

from seeother.telemetry import ExchangeContext, begin, current, enter, leave


def test_there_is_no_exchange_outside_one() -> None:
    """Nothing under way is None."""
    assert current() is None


async def test_it_follows_tasks_and_threads() -> None:
    """What is started on behalf of an exchange knows it; what runs beside it does not."""
    inside: list[ExchangeContext | None] = []

    async def exchange() -> ExchangeContext:
        mine = begin(())
        token = enter(mine)
        inside.append(await asyncio.create_task(asyncio.to_thread(current)))
        leave(token)
        return mine

    mine, theirs = await asyncio.gather(exchange(), exchange())

    assert {mine, theirs} == set(inside)
    assert current() is None


def test_ids_have_their_length_and_are_random() -> None:
    """16 bytes for a trace, 8 for a span, none twice."""
    exchanges = [begin(()) for _ in range(1000)]

    assert {(len(each.trace_id), len(each.span_id), each.parent_id) for each in exchanges} == {(16, 8, b"")}
    assert len({each.trace_id for each in exchanges} | {each.span_id for each in exchanges}) == 2000


FORKING = """
import os
from seeother.telemetry import begin

begin(())
out, into = os.pipe()
if os.fork() == 0:
    os.write(into, begin(()).trace_id)
    os._exit(0)
os.wait()
print(os.read(out, 16) != begin(()).trace_id)
"""


def test_parent_and_child_of_a_fork_mint_different_ids() -> None:
    """Two workers forked from one process would otherwise write into each other's traces."""
    done = subprocess.run([sys.executable, "-c", FORKING], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "True"
