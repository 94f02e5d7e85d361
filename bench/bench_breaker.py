# SPDX-License-Identifier: Apache-2.0
"""What a call through a closed breaker costs, in CPU time, beside five other breakers from the package index.

Claim: with everything on (failure and slow-call rates over a window, bulkhead, timeout, deadline, generations,
statuses, a listener) ours adds at most a quarter of what interlock-cb adds, the one with the most of these, and
no more than nopanic with slow calls. The aim beside it is 1.2 microseconds.

All protect the same trivial coroutine function and take turns in each round; what is added is the difference to the
bare await of the same round. That function never waits, so our timeout has nothing to do: `waits` is a second function
that gives way to the loop once, and there ours stands beside `asyncio.timeout` alone, which is what a timeout costs
without a breaker; nothing is claimed for it. No peer but ours and interlock-cb counts slow calls by default, and none
ends calls in these settings.
"""

import asyncio
import gc
import logging
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import aiobreaker  # type: ignore[import-untyped]
import circuitbreaker  # type: ignore[import-untyped]
import interlock
import nopanic
from interlock.window import WindowType
from purgatory import AsyncCircuitBreakerFactory

from seeother.breaker import Breaker, BreakerPolicy, Deadline, News, Outcome, deadline_of, protect

ROUNDS = 21
CALLS = 10_000  # a round
AIM = 1.2  # microseconds
OURS, RIVAL, LIGHT = "seeother", "interlock-cb", "nopanic, slow calls"

Call = Callable[[int], Awaitable[object]]


async def target(number: int) -> object:
    """Answers at once."""
    return number


async def answers(number: int) -> object:  # noqa: ARG001 - as all others
    """Answers at once, with a status."""
    return ANSWER


async def waits(number: int) -> object:
    """Gives way to the loop once."""
    await asyncio.sleep(0)
    return number


async def waits_in_time(number: int) -> object:
    """The same with asyncio's own timeout."""
    async with asyncio.timeout(0.8):
        return await waits(number)


ANSWER = SimpleNamespace(status_code=200)
HEARD: list[News] = []


def ours(function: Call, *, window_calls: int | None = None, failures: int = 0) -> Call:
    """A breaker with all that it has, after so many failures."""
    breaker = Breaker("service", BreakerPolicy(window_calls=window_calls), now=time.monotonic())
    breaker.listeners.listen(HEARD.append)
    for _ in range(failures):
        now = time.monotonic()
        ticket = breaker.admit(now)
        assert isinstance(ticket, int)  # noqa: S101 - a breaker that begins is closed
        breaker.finish(ticket, now, now, Outcome.FAILURE)
    return protect(breaker)(function)


def variants() -> dict[str, Any]:  # the peers' types say less than they do
    """All that are measured, by name."""
    timed = interlock.Config(window_type=WindowType.TIME_BASED, window_size=10)
    return {
        "bare": target,
        OURS: ours(target),
        "seeother, by count": ours(target, window_calls=100),
        "seeother, 5 failures": ours(target, failures=5),
        "seeother, answers": ours(answers),
        "circuitbreaker": circuitbreaker.CircuitBreaker(failure_threshold=5, name="c")(target),
        "nopanic": nopanic.circuit_breaker(name="n")(target),
        LIGHT: nopanic.circuit_breaker(name="s", slow_call_duration=1.0, slow_call_threshold=0.5)(target),
        "aiobreaker": aiobreaker.CircuitBreaker(fail_max=5, timeout_duration=timedelta(seconds=30))(target),
        "purgatory": AsyncCircuitBreakerFactory(default_threshold=5)("service")(target),
        RIVAL: interlock.CircuitBreaker(name="i", config=interlock.Config())(target),
        "interlock-cb, by time": interlock.CircuitBreaker(name="t", config=timed)(target),
        "waits": waits,
        "waits, asyncio.timeout": waits_in_time,
        "waits, seeother": ours(waits),
    }


async def burn(call: Call) -> float:
    """Microseconds of CPU that one call takes."""
    begun = time.process_time_ns()
    for number in range(CALLS):
        await call(number)
    return (time.process_time_ns() - begun) / CALLS / 1000


async def measure() -> dict[str, list[float]]:
    """The microseconds of each variant, by round; who begins changes with each."""
    calls: dict[str, Call] = variants()
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        await burn(call)
    names = list(calls)
    for turn in range(ROUNDS):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            gc.collect()
            gc.disable()
            try:
                taken[name].append(await burn(calls[name]))
            finally:
                gc.enable()
    return taken


def main() -> int:
    """Measure, print, and say whether the claim holds."""
    logging.disable(logging.CRITICAL)
    with deadline_of(Deadline.after(3600.0, time.monotonic())):
        taken = asyncio.run(measure())
    print(f"{'us of CPU a call':24} {'median':>8} {'least':>8} {'most':>8} {'added':>8}")
    added: dict[str, float] = {}
    for name, values in taken.items():
        floor = taken["waits" if name.startswith("waits") else "bare"]
        added[name] = statistics.median([value - bare for value, bare in zip(values, floor, strict=True)])
        print(f"{name:24} {statistics.median(values):8.3f} {min(values):8.3f} {max(values):8.3f} {added[name]:8.3f}")
    to_rival, to_light = added[OURS] / added[RIVAL], added[OURS] / added[LIGHT]
    print(f"ours adds {to_rival:.2f} of what {RIVAL} adds; claimed: at most 0.25")
    print(f"ours adds {to_light:.2f} of what {LIGHT} adds; claimed: at most 1")
    print(f"ours adds {added[OURS]:.2f} us; aim: at most {AIM}: {'met' if added[OURS] <= AIM else 'missed'}")
    return 0 if to_rival <= 0.25 and to_light <= 1 else 1  # noqa: PLR2004 - as claimed above


if __name__ == "__main__":
    sys.exit(main())
