# SPDX-License-Identifier: Apache-2.0
"""Every ledger under real threads: one key, one owner."""

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from seeother.ledger import Ledger
from seeother.message import Response
from seeother.policy import Finished, Granted, LedgerKey, Running, Verdict

KEYS = 1000


@pytest.fixture(autouse=True)
def _restless() -> Iterator[None]:
    """Have the interpreter change threads as often as it can, so that what has no lock shows."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(times: int, work: Callable[[int], Verdict]) -> list[Verdict]:
    """What `work` says in so many threads that start together."""
    barrier = threading.Barrier(times)

    def one(number: int) -> Verdict:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_of_200_claims_at_once_one_is_granted(real_ledger: Ledger) -> None:
    """All others hear that it is running."""
    key = LedgerKey("s", "k")

    verdicts = at_once(200, lambda _: real_ledger.claim(key, b"print", 60.0))

    assert sum(isinstance(verdict, Granted) for verdict in verdicts) == 1
    assert sum(isinstance(verdict, Running) for verdict in verdicts) == 199


def test_of_200_reruns_at_once_one_is_granted(real_ledger: Ledger) -> None:
    """An unknown key that may be run again is taken by one of those who ask."""
    key = LedgerKey("s", "k")
    first = real_ledger.claim(key, b"print", 60.0)
    assert isinstance(first, Granted)
    real_ledger.abandon(first)

    verdicts = at_once(200, lambda _: real_ledger.claim(key, b"print", 60.0, rerun=True))

    assert sum(isinstance(verdict, Granted) for verdict in verdicts) == 1
    assert sum(isinstance(verdict, Running) for verdict in verdicts) == 199


def test_each_action_happens_once_among_many_keys(real_ledger: Ledger) -> None:
    """Sixteen threads race over many keys: one effect a key, and all later claims see its answer."""
    effects: list[str] = []

    def one(_: int) -> Verdict:
        verdict: Verdict = Running(1.0)
        for number in range(KEYS):
            verdict = real_ledger.claim(LedgerKey("s", str(number)), b"print", 60.0)
            if isinstance(verdict, Granted):
                effects.append(verdict.key.key)
                assert real_ledger.settle(verdict, Response(200, (), verdict.key.key.encode()), 60.0)
        return verdict

    at_once(16, one)

    assert sorted(effects, key=int) == [str(number) for number in range(KEYS)]
    for number in range(KEYS):
        expected = Finished(Response(200, (), str(number).encode()))
        assert real_ledger.claim(LedgerKey("s", str(number)), b"print", 60.0) == expected
