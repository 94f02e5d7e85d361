# SPDX-License-Identifier: Apache-2.0
"""Coroutines run for threads."""

import asyncio
import os
import threading

import pytest

from seeother.errors import StoreError
from seeother.ledger.loop_thread import LoopThread


async def where() -> int:
    """The thread that this runs in."""
    await asyncio.sleep(0)
    return threading.get_ident()


def test_coroutine_runs_in_the_other_thread() -> None:
    """Always the same, and what it raises comes back."""
    loop = LoopThread("test")

    places = {loop.run(where()) for _ in range(3)}
    with pytest.raises(ValueError, match="told"):
        loop.run(_failing())
    loop.close()

    assert len(places) == 1
    assert threading.get_ident() not in places


async def _failing() -> None:
    raise ValueError("told")


def test_closing_ends_what_runs_and_it_may_begin_again() -> None:
    """Tasks are cancelled, the thread is gone."""
    loop = LoopThread("test that ends")
    ended = threading.Event()

    async def begin() -> asyncio.Task[None]:
        return asyncio.get_running_loop().create_task(_lasting(ended))

    task = loop.run(begin())
    loop.run(asyncio.sleep(0))
    loop.close()
    loop.close()

    assert ended.is_set()
    assert task.cancelled()
    assert "test that ends" not in {thread.name for thread in threading.enumerate()}
    assert loop.run(where())
    loop.close()


async def _lasting(ended: threading.Event) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        ended.set()


def test_thread_that_is_not_to_be_had_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nobody waits for it ever after: it is begun when there is room again."""
    loop = LoopThread("test")
    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", _full)
        loop.begin(list)
        with pytest.raises(StoreError, match="no thread") as refused:
            loop.run(where())
    found: list[int] = []
    asking = threading.Thread(target=lambda: found.append(loop.run(where())), daemon=True)
    asking.start()
    asking.join(30)
    loop.close()

    assert refused.value.retryable
    assert found


def _full(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_child_begins_a_thread_of_its_own() -> None:
    """A fork takes no threads along."""
    loop = LoopThread("test")
    loop.run(where())

    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if loop.run(where()) else 1)
        finally:
            os._exit(2)
    _, status = os.waitpid(child, 0)
    loop.close()

    assert status == 0
