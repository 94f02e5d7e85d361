# SPDX-License-Identifier: Apache-2.0
"""A breaker around functions."""

import asyncio
import inspect
import traceback
from collections.abc import AsyncGenerator, Callable, Generator

import httpx2
import pytest

from seeother.breaker import FAILING, Breaker, BreakerPolicy, Deadline, Outcome, State, deadline_of, protect
from seeother.errors import CallerError, CallRefused
from tests.clock import FakeClock
from tests.seeother.breaker.calls import make, stands, trip

LONG = 60.0  # seconds that no test waits


class Service:
    """What is called: it answers, or does what it is told."""

    def __init__(self) -> None:
        self.hits = 0
        self.answer: object = "answer"

    def __call__(self, word: str = "") -> object:
        """Answer, or raise."""
        self.hits += 1
        if isinstance(self.answer, BaseException):
            raise self.answer
        return word or self.answer

    async def later(self, word: str = "") -> object:
        """The same after a turn of the loop."""
        await asyncio.sleep(0)
        return self(word)

    async def at_once(self, word: str = "") -> object:
        """The same without waiting."""
        return self(word)


@pytest.fixture
def service() -> Service:
    """One that answers."""
    return Service()


def ways(service: Service) -> tuple[Callable[[str], object], ...]:
    """Async functions that wait and that do not, and a sync one."""
    return service.later, service.at_once, service.__call__


async def result(value: object) -> object:
    """What a function of either kind gives."""
    return await value if inspect.isawaitable(value) else value


@pytest.mark.parametrize("way", range(3))
async def test_an_answer_passes(service: Service, clock: FakeClock, way: int) -> None:
    """Arguments go in, the result comes out, the name stays, and the call is counted."""
    breaker = make(clock)
    function = ways(service)[way]
    call = protect(breaker, clock=clock)(function)

    assert await result(call("word")) == "word"
    assert await result(call(word="word")) == "word"  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] - it has one
    assert call.__name__ == function.__name__
    assert inspect.iscoroutinefunction(call) == inspect.iscoroutinefunction(function)
    assert breaker.read(clock.monotonic())[2:] == (2, 0, 0, 0, 0)


@pytest.mark.parametrize("way", range(3))
@pytest.mark.parametrize("failure", [ConnectionResetError(), ValueError(), httpx2.Response(504)], ids=repr)
async def test_failures_open_it(service: Service, clock: FakeClock, way: int, failure: object) -> None:
    """What is raised and what is returned; then nobody is asked, and the refusal says when to come back."""
    breaker = make(clock)
    call = protect(breaker, clock=clock)(ways(service)[way])
    service.answer = failure
    for _ in range(20):
        if isinstance(failure, Exception):
            with pytest.raises(type(failure)):
                await result(call(""))
        else:
            assert await result(call("")) is failure
    assert stands(breaker) is State.OPEN

    with pytest.raises(CallRefused) as caught:
        await result(call(""))
    assert service.hits == 20
    assert (caught.value.name, caught.value.reason, caught.value.retry_after) == ("inventory", "open", 30.0)


@pytest.mark.parametrize("way", range(3))
async def test_a_fallback_answers_instead(service: Service, clock: FakeClock, way: int) -> None:
    """A value, a function or an async one; it learns why. `None` is a value too."""
    causes: list[object] = []

    def plain(cause: object) -> str:
        causes.append(cause)
        return "from the cache"

    async def later(cause: object) -> str:
        await asyncio.sleep(0)
        return plain(cause)

    for fallback, wanted in (
        (plain, "from the cache"),
        (later, "from the cache"),
        ("unknown", "unknown"),
        (None, None),
    ):
        breaker = make(clock, BreakerPolicy(minimum_calls=2))
        call = protect(breaker, fallback=fallback, clock=clock)(ways(service)[way])
        if way == 2 and fallback is later:
            continue  # a sync function's fallback is sync
        for failure in (ConnectionRefusedError(), httpx2.Response(503)):
            service.answer = failure
            assert await result(call("")) == wanted
        assert stands(breaker) is State.OPEN
        assert await result(call("")) == wanted
    assert [type(each) for each in causes[:3]] == [ConnectionRefusedError, httpx2.Response, CallRefused]


async def test_no_fallback_for_who_went_away(service: Service, clock: FakeClock) -> None:
    """A cancellation stays one, and accuses nobody."""
    breaker = make(clock, BreakerPolicy(minimum_calls=1))

    @protect(breaker, fallback="instead")
    async def call() -> str:
        await asyncio.sleep(LONG)
        return "done"

    task = asyncio.create_task(call())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert breaker.read(clock.monotonic())[2:] == (0, 0, 0, 0, 0)
    assert service.hits == 0


async def test_an_inner_refusal_is_not_held_against_the_outer(clock: FakeClock) -> None:
    """Nobody was asked; the outer fallback helps all the same."""
    inner, outer = make(clock), Breaker("outer", BreakerPolicy(minimum_calls=1), now=clock.monotonic())
    trip(inner, clock)

    @protect(outer, fallback="instead", clock=clock)
    @protect(inner, clock=clock)
    async def call() -> str:
        return "done"

    assert await call() == "instead"
    assert stands(outer) is State.CLOSED


async def test_a_hanging_call_is_ended() -> None:
    """After the policy's timeout, and counted as one."""
    breaker = Breaker("inventory", BreakerPolicy(timeout_seconds=0.03, slow_seconds=0.02, minimum_calls=1))

    @protect(breaker)
    async def hang() -> str:
        await asyncio.sleep(LONG)
        return "done"

    with pytest.raises(TimeoutError):
        await hang()
    assert stands(breaker) is State.OPEN


async def test_no_time_left_is_a_refusal(service: Service, clock: FakeClock) -> None:
    """Who has no use for the answer does not ask."""
    for way in ways(service):
        call = protect(make(clock), clock=clock)(way)
        with deadline_of(Deadline(clock.monotonic())), pytest.raises(CallRefused, match="deadline"):
            await result(call(""))
        with deadline_of(Deadline.after(1.0, clock.monotonic())):
            assert await result(call("word")) == "word"
    assert service.hits == 3


async def test_a_deadline_cuts_the_timeout_and_accuses_nobody(clock: FakeClock) -> None:
    """The caller was late, not the other side."""
    breaker = make(clock, BreakerPolicy(minimum_calls=1))

    @protect(breaker, clock=clock)
    async def hang() -> str:
        await asyncio.sleep(LONG)
        return "done"

    with deadline_of(Deadline.after(0.02, clock.monotonic())), pytest.raises(TimeoutError):
        await hang()
    assert breaker.read(clock.monotonic())[:5] == (State.CLOSED, 1, 0, 0, 0)


async def test_the_answer_s_retry_after_is_honoured(service: Service, clock: FakeClock) -> None:
    """Of a 429 at once; of failures when it opens."""
    breaker = make(clock)
    call = protect(breaker, clock=clock)(service.later)
    service.answer = httpx2.Response(429, headers={"Retry-After": "7"})
    await call()
    with pytest.raises(CallRefused, match="back-pressure") as caught:
        await call()
    assert caught.value.retry_after == 7.0

    clock.advance(7.0)
    service.answer = httpx2.Response(503, headers={"Retry-After": "90"})
    for _ in range(20):
        await call()
    with pytest.raises(CallRefused) as caught:
        await call()
    assert caught.value.retry_after == 90.0


async def test_the_policy_says_which_statuses_fail(service: Service, clock: FakeClock) -> None:
    """A peer that says 500 when it is overloaded."""
    breaker = make(clock, BreakerPolicy(minimum_calls=1, failing=FAILING | {500}))
    service.answer = httpx2.Response(500)
    await protect(breaker, clock=clock)(service.later)()

    assert stands(breaker) is State.OPEN


async def test_judges_of_one_s_own(service: Service, clock: FakeClock) -> None:
    """What counts may be said by whoever knows the function."""
    breaker = make(clock, BreakerPolicy(minimum_calls=2))
    call = protect(
        breaker,
        judge=lambda answer: Outcome.FAILURE if answer == "sorry" else Outcome.SUCCESS,
        judge_error=lambda error: Outcome.SUCCESS if isinstance(error, KeyError) else Outcome.FAILURE,
        clock=clock,
    )(service.later)
    service.answer = KeyError("no such product")
    for _ in range(10):
        with pytest.raises(KeyError):
            await call()
    assert stands(breaker) is State.CLOSED
    service.answer = "sorry"
    for _ in range(10):
        await call()

    assert stands(breaker) is State.OPEN


async def test_refusals_do_not_grow(service: Service, clock: FakeClock) -> None:
    """Each is an exception of its own: the two hundredth has no more frames than the first."""
    breaker = make(clock)
    breaker.force_open(clock.monotonic())
    call = protect(breaker, clock=clock)(service.later)
    frames: set[int] = set()
    for _ in range(200):
        with pytest.raises(CallRefused) as caught:
            await call()
        frames.add(len(traceback.extract_tb(caught.value.__traceback__)))

    assert len(frames) == 1


async def test_a_wrong_call_is_the_caller_s_fault_and_gives_its_place_back(clock: FakeClock) -> None:
    """Arguments that do not fit raise TypeError before anybody is asked; nothing stays inside."""
    breaker = make(clock)

    @protect(breaker, clock=clock)
    async def call(word: str) -> str:
        return word

    with pytest.raises(TypeError):
        await call()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue] - that is the test
    assert breaker.read(clock.monotonic()).running == 0


async def test_an_object_with_an_async_call_is_ended_too(clock: FakeClock) -> None:
    """It is called like an async function, and is none."""

    class Asker:
        async def __call__(self) -> str:
            await asyncio.sleep(0)
            raise ConnectionResetError

    breaker = make(clock, BreakerPolicy(minimum_calls=1))
    with pytest.raises(ConnectionResetError):
        await protect(breaker, clock=clock)(Asker())()
    assert stands(breaker) is State.OPEN


def test_what_ends_after_its_call_is_not_protected(service: Service, clock: FakeClock) -> None:
    """A breaker around it would never open: better an error than that."""

    def generate() -> Generator[int]:
        yield 1

    async def generate_later() -> AsyncGenerator[int]:
        yield 1

    breaker = make(clock)
    for function in (generate, generate_later):
        with pytest.raises(CallerError, match="generator"):
            protect(breaker)(function)
    call = protect(breaker, clock=clock)(lambda: service.later())  # noqa: PLW0108 - a function that hides an async one
    with pytest.raises(CallerError, match="coroutine"):
        _ = call()
    assert breaker.read(clock.monotonic())[2:] == (0, 0, 0, 0, 0)
