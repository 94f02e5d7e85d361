# SPDX-License-Identifier: Apache-2.0
"""A process that is killed at any point leaves both or neither: the order and its answer, or nothing and a free key."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.contract.transaction.conftest import Books, Opener
from tests.contract.transaction.shops import Wish

# Which turns there are, and how often each comes: take, order, two messages, the answer.
POINTS = [
    ("before open", 1, False),
    ("after open", 1, False),
    ("before run", 1, False),
    ("after run", 1, False),
    ("after run", 2, False),
    ("before commit", 1, False),
    ("after commit", 1, True),
    ("before close", 1, True),
]


@pytest.fixture(scope="module")
def dying() -> Iterator[Callable[[str, str, str, int], int]]:
    """Has a child order in the shop of a library at a URL, and die at a point; returns its exit code."""
    command = [sys.executable, "-m", "tests.contract.transaction.victim"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        asked, told = parent.stdin, parent.stdout
        assert asked is not None
        assert told is not None

        def order(*wanted: str | int) -> int:
            asked.write(json.dumps(wanted) + "\n")
            asked.flush()
            return int(told.readline())

        yield order
        asked.close()


@pytest.mark.parametrize(("point", "n", "is_done"), POINTS)
async def test_a_kill_leaves_both_or_neither(
    dying: Callable[[str, str, str, int], int],
    name: str,
    opened: Opener,
    books: Books,
    *,
    point: str,
    n: int,
    is_done: bool,
) -> None:
    """The retry gets the first answer where it was committed, and does it where it was not; in the end there is one."""
    code = dying(name, books.url, point, n)
    left = (books.orders, books.actions, books.rows("SELECT count(*) FROM seeother_outbox"))

    async with opened() as here:
        answer = await here.post(Wish(how="charge"))

    assert code == -signal.SIGKILL
    assert left == ((["tea"], [("k-1", 2)], [(2,)]) if is_done else ([], [], [(0,)]))
    assert (answer.status, answer.is_replayed) == (303, is_done)
    assert (books.orders, books.actions) == (["tea"], [("k-1", 2)])
    assert books.rows("SELECT count(*) FROM seeother_outbox") == [(2,)]
