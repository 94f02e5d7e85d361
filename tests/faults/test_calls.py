# SPDX-License-Identifier: Apache-2.0
"""Breakers in bad times: herds, outages, threads beside event loops, forks."""

import asyncio
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from seeother.breaker import (
    Breaker,
    BreakerPolicy,
    Outcome,
    Permit,
    Rejected,
    Retry,
    RetryBudget,
    State,
    protect,
)
from seeother.errors import CallRefused
from tests.clock import FakeClock

LONG = 60.0  # seconds that no test waits


def opened(policy: BreakerPolicy, clock: FakeClock) -> Breaker:
    """A breaker whose open time is just over."""
    breaker = Breaker("inventory", policy, now=clock.monotonic())
    for _ in range(policy.minimum_calls):
        permit = breaker.enter(clock.monotonic())
        assert isinstance(permit, Permit)
        permit.done(Outcome.UNREACHABLE, clock.monotonic())
    assert breaker.state is State.OPEN
    clock.advance(policy.open_seconds)
    return breaker


@dataclass
class Hanging:
    """Calls that hang until they are let go."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    hits: int = 0

    async def __call__(self) -> str:
        """Count, and hang."""
        self.hits += 1
        await self.go.wait()
        return "done"


async def ended(tasks: list[asyncio.Task[str]], number: int) -> None:
    """Wait until so many have ended."""
    while sum(task.done() for task in tasks) < number:  # noqa: ASYNC110 - the loop's turns are what is waited for
        await asyncio.sleep(0)


@pytest.mark.parametrize("probes", [1, 5])
async def test_a_herd_gets_exactly_the_permits(probes: int) -> None:
    """A thousand tasks come at once to a half-open breaker."""
    clock, hanging = FakeClock(), Hanging()
    breaker = opened(BreakerPolicy(probes=probes, timeout_seconds=None, concurrent=1000), clock)
    # A coroutine function, as `protect` wants it, that counts who comes through.
    call = protect(breaker, clock=clock)(hanging.__call__)
    tasks = [asyncio.create_task(call()) for _ in range(1000)]
    await ended(tasks, 1000 - probes)
    assert hanging.hits == probes

    hanging.go.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert results.count("done") == probes
    assert sum(isinstance(each, CallRefused) for each in results) == 1000 - probes
    assert breaker.state is State.CLOSED


async def test_stuck_probes_are_freed_for_a_second_herd() -> None:
    """The first herd's probes hang; after their bound as many others pass, and close it."""
    clock, stuck, answering = FakeClock(), Hanging(), Hanging()
    breaker = opened(BreakerPolicy(probes=3, probe_seconds=10.0, timeout_seconds=None, concurrent=1000), clock)
    first = [asyncio.create_task(protect(breaker, clock=clock)(stuck.__call__)()) for _ in range(1000)]
    await ended(first, 997)
    clock.advance(10.0)

    answering.go.set()
    second = [protect(breaker, clock=clock)(answering.__call__)() for _ in range(3)]
    assert await asyncio.gather(*second) == ["done"] * 3
    assert (stuck.hits, answering.hits) == (3, 3)
    state = breaker.state
    stuck.go.set()
    await asyncio.gather(*first, return_exceptions=True)
    assert (state, breaker.state) == (State.CLOSED, State.CLOSED)
    assert breaker.read(clock.monotonic()).running == 0


async def test_a_hung_service_cannot_hold_half_open() -> None:
    """Its probe is ended by the timeout: a failure, and the breaker opens again."""
    policy = BreakerPolicy(timeout_seconds=0.05, slow_seconds=0.04, open_seconds=0.01, open_most_seconds=0.01)
    breaker = Breaker("inventory", policy, now=time.monotonic())
    call = protect(breaker)(Hanging().__call__)
    await asyncio.gather(*[call() for _ in range(50)], return_exceptions=True)
    generations: set[int] = set()
    while len(generations) < 3:
        results = await asyncio.gather(*[call() for _ in range(100)], return_exceptions=True)
        assert sum(isinstance(each, TimeoutError) for each in results) <= 1
        generations.add(breaker.read(time.monotonic()).generation)

    assert breaker.bulkhead.running == 0


def share(breaker: Breaker, number: int) -> tuple[Callable[[], None], Callable[[], None]]:
    """Work for a thread, plain and in a loop: so many calls, of which each fourth fails."""

    def answer(each: int) -> int:
        if each % 4 == 0:
            raise ConnectionResetError
        return each

    plain = protect(breaker)(answer)

    @protect(breaker)
    async def later(each: int) -> int:
        if each % 3 == 0:
            await asyncio.sleep(0)
        return answer(each)

    def work() -> None:
        for each in range(number):
            with suppress(ConnectionResetError):
                plain(each)

    async def run() -> None:
        for start in range(0, number, 20):
            await asyncio.gather(*[later(each) for each in range(start, start + 20)], return_exceptions=True)

    return work, lambda: asyncio.run(run())


def test_threads_and_loops_share_a_breaker() -> None:
    """Every call is counted once, whoever made it, and nobody stays inside."""
    breaker = Breaker("inventory", BreakerPolicy(window_calls=100_000, failure_rate=1.0), now=time.monotonic())
    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # seconds: threads take turns as often as they can
    try:
        threads = [threading.Thread(target=work) for work in share(breaker, 2000) * 4]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(50)
    finally:
        sys.setswitchinterval(switch)

    reading = breaker.read(time.monotonic())
    assert (reading.calls, reading.failures, reading.running) == (16_000, 4000, 0)


def knock(breaker: Breaker, start: threading.Barrier, now: float, answers: list[Permit | Rejected]) -> None:
    """Ask for a permit when all others do."""
    start.wait(30)
    answers.append(breaker.enter(now))


def test_threads_get_exactly_the_permits() -> None:
    """Many threads knock at a half-open breaker at the same time, again and again."""
    clock = FakeClock()
    for _ in range(20):
        breaker = opened(BreakerPolicy(probes=3), clock)
        start, answers = threading.Barrier(16), list[Permit | Rejected]()
        threads = [threading.Thread(target=knock, args=(breaker, start, clock.monotonic(), answers)) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        passed = [each for each in answers if isinstance(each, Permit)]
        assert (len(passed), len(answers)) == (3, 16)
        for permit in passed:
            permit.cancel(clock.monotonic())


FORK = """
import os, sys, threading, time
from seeother.breaker import Breaker, BreakerPolicy, Outcome, Permit, Registry, Rejected, RetryBudget

registry, budget = Registry(), RetryBudget()
breaker = Breaker("inventory", BreakerPolicy(concurrent=2, waiters=1))
mine, other = breaker.enter(0.0), breaker.enter(0.0)
breaker.bulkhead.wait(lambda: None)
held, let_go = threading.Event(), threading.Event()

def hold():  # another thread is inside the locks while this one forks
    with breaker._lock, registry._lock, budget._lock:
        held.set()
        let_go.wait()

thread = threading.Thread(target=hold)
thread.start()
held.wait()
child = os.fork()
if child == 0:
    reading = breaker.read(0.0)
    ok = (reading.running, reading.waiting) == (0, 0)
    mine.done(Outcome.SUCCESS, 0.1)  # the call that went on in both: its place was the parent's
    ok = ok and breaker.read(0.1).running == 0
    permits = [breaker.enter(0.2) for _ in range(3)]
    ok = ok and [type(each) for each in permits] == [Permit, Permit, Rejected]
    permits[0].done(Outcome.SUCCESS, 0.3)
    ok = ok and breaker.read(0.3).running == 1 and breaker.read(0.3).calls == 1
    ok = ok and budget.take(0.4) and registry.breaker("inventory", 0.4).name == "inventory"
    os._exit(0 if ok else 1)
let_go.set()
thread.join()
_, status = os.waitpid(child, 0)
reading = breaker.read(0.4)
assert (reading.running, reading.waiting) == (2, 1), reading
sys.exit(os.waitstatus_to_exitcode(status))
"""


def test_a_forked_child_goes_on_with_a_breaker_of_its_own() -> None:
    """The lock was held by a thread that the child does not have; places and queue stay with the parent."""
    command = [sys.executable, "-W", "ignore", "-c", FORK]
    child = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)

    assert (child.returncode, child.stderr) == (0, "")


@pytest.mark.parametrize("rate", [20, 200])
def test_an_outage_adds_at_most_a_tenth_of_load(rate: int) -> None:
    """A minute of outage without a breaker, each call up to three tries: the budget alone bounds the retries.

    One a second is always free to go, which is less than a tenth from ten calls a second on.
    """
    draw, clock = random.Random(8), FakeClock()  # noqa: S311 - any draw will do, the same each time
    retry = Retry(budget=RetryBudget(), uniform=draw.uniform)
    calls = retries = 0
    for _ in range(60 * rate):
        clock.advance(1 / rate)
        calls += 1
        retry.budget.call()
        tried = 1
        while retry.delay(tried, Outcome.TIMEOUT, may_repeat=True, now=clock.monotonic()) is not None:
            tried += 1
            retries += 1

    assert 0.05 * calls < retries <= 0.1 * calls + 1


def test_a_breaker_takes_the_load_off_a_service_that_is_down() -> None:
    """Ten minutes of outage at 100 calls a second: it sees the first twenty and one probe in thirty seconds."""
    clock = FakeClock()
    breaker = Breaker("inventory", now=clock.monotonic())
    hits = 0
    for _ in range(600 * 100):
        clock.advance(0.01)
        permit = breaker.enter(clock.monotonic())
        if isinstance(permit, Permit):
            hits += 1
            permit.done(Outcome.UNREACHABLE, clock.monotonic())

    assert hits <= 20 + 600 / 30
