# SPDX-License-Identifier: Apache-2.0
"""A process dies where it is told to, and nowhere else."""

import asyncio
import os
import signal
from collections.abc import Callable

import pytest

from seeother.testing import killing


class Store:
    """Something that can be called."""

    def commit(self, done: list[str]) -> None:
        """Do it."""
        done.append("commit")

    async def settle(self, done: list[str]) -> None:
        """Do it, awaited."""
        done.append("settle")


def ends(work: Callable[[int], None]) -> tuple[int, bytes]:
    """Do `work` in a child that can write; its exit code, and what it wrote."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        work(writing)
        os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as source:
        return os.waitstatus_to_exitcode(status), source.read()


@pytest.mark.parametrize(("point", "written"), [("before commit", b"0"), ("after commit", b"01")])
def test_a_process_dies_at_the_point(point: str, written: bytes) -> None:
    """At the n-th time, before or after the call."""

    class Told(Store):
        def commit(self, done: list[str]) -> None:
            os.write(int(done[0]), str(len(done) - 1).encode())
            super().commit(done)

    def work(writing: int) -> None:
        done = [str(writing)]
        with killing(point, Told, n=2):
            for _ in range(5):
                Told().commit(done)

    assert ends(work) == (-signal.SIGKILL, written)


def test_a_coroutine_is_a_point_too() -> None:
    """Whoever dies after an awaited call has had it."""

    def work(_: int) -> None:
        with killing("after settle", Store):
            asyncio.run(Store().settle([]))

    assert ends(work)[0] == -signal.SIGKILL


def test_outside_of_the_block_nothing_is_wrapped() -> None:
    """What is not reached kills nobody, and the class is as it was."""
    commit = Store.commit
    with killing("after commit", Store, n=2):
        Store().commit([])

    assert Store.commit is commit


@pytest.mark.parametrize("point", ["during commit", "before crash", "commit"])
def test_what_is_no_point_is_refused(point: str) -> None:
    """A misspelt point would let a crash test pass in which nothing crashes."""
    with pytest.raises(ValueError, match="is no point of"), killing(point, Store):
        pass
