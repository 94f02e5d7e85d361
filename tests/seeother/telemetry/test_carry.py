# SPDX-License-Identifier: Apache-2.0
"""Whatever works on behalf of an exchange knows it: real threads, executors, tasks, background tasks and messages."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import BackgroundTasks, FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from seeother.asgi import Guard
from seeother.telemetry import (
    CarryingExecutor,
    ExchangeContext,
    begin,
    carrying,
    current,
    enter,
    from_carrier,
    leave,
    resume,
    to_carrier,
)
from tests.seeother.asgi.conftest import Client, client_of, settings

__all__ = ["client_of"]

ID = "0123456789abcdef" * 2
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
VALID = f"00-{TRACE}-{SPAN}-01"


@pytest.fixture
def under_way() -> Iterator[ExchangeContext]:
    """An exchange of a journey, under way while the test runs."""
    context = begin(())
    context.journey_id, context.journey_name, context.step = ID, "checkout", "submit_order"
    token = enter(context)
    yield context
    leave(token)


class Notes:
    """Who was asked in which thread, and what exchange it knew."""

    def __init__(self) -> None:
        """Begin with none."""
        self.known: list[ExchangeContext | None] = []
        self.threads: set[int] = set()

    def take(self) -> ExchangeContext | None:
        """Note the exchange under way."""
        self.known.append(current())
        self.threads.add(threading.get_ident())
        return current()


def run(target: Callable[[], object], *more: Callable[[], object]) -> None:
    """Run each in a thread of its own, all at once."""
    threads = [threading.Thread(target=each) for each in (target, *more)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_plain_thread_knows_nothing(under_way: ExchangeContext) -> None:
    """Which is why there is something to carry; a Python that inherits contexts would show it here."""
    notes = Notes()

    run(notes.take)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(notes.take).result()

    assert notes.known == [None, None]
    assert current() is under_way


def test_a_thread_knows_what_was_carried(under_way: ExchangeContext) -> None:
    """It is the exchange of the moment of wrapping, whatever is under way when the thread runs."""
    notes = Notes()
    work = carrying(notes.take)
    token = enter(None)

    run(work)
    leave(token)

    assert notes.known == [under_way]
    assert threading.get_ident() not in notes.threads


def test_one_wrapper_serves_many_threads_at_once(under_way: ExchangeContext) -> None:
    """All of them are inside at the same time, and none sees what another has set."""
    barrier = threading.Barrier(4)
    known: list[ExchangeContext | None] = []

    def work() -> None:
        barrier.wait(10)
        known.append(current())
        enter(begin(()))
        barrier.wait(10)

    wrapped = carrying(work)
    run(wrapped, wrapped, wrapped, wrapped)

    assert known == [under_way] * 4


@pytest.mark.usefixtures("under_way")
def test_a_wrapped_function_is_still_itself() -> None:
    """It takes and gives the same, raises the same and has its name."""

    def divide(a: int, b: int = 1) -> float:
        return a / b

    wrapped = carrying(divide)

    assert (wrapped(6, b=3), wrapped.__name__) == (2.0, "divide")
    with pytest.raises(ZeroDivisionError):
        wrapped(1, 0)


def test_a_carrying_executor_knows_each_submitter(under_way: ExchangeContext) -> None:
    """The one thread of the pool works for one exchange after the other, and for none when there is none."""
    other = begin(())
    with CarryingExecutor(max_workers=1) as pool:
        first = pool.submit(current)
        token = enter(other)
        second = pool.submit(current)
        leave(token)
        cleared = enter(None)
        third = pool.submit(current)
        leave(cleared)

        assert [each.result(10) for each in (first, second, third)] == [under_way, other, None]


def test_a_carrying_executor_maps(under_way: ExchangeContext) -> None:
    """Every call of a map, with its arguments."""

    def work(number: int, text: str) -> tuple[int, str, ExchangeContext | None]:
        return number, text, current()

    with CarryingExecutor(max_workers=3) as pool:
        done = list(pool.map(work, range(5), "abcde"))

    assert done == [(number, text, under_way) for number, text in enumerate("abcde")]


async def test_the_loop_s_executors_carry(under_way: ExchangeContext) -> None:
    """As the pool given, as the default one, and any other pool with a wrapped function."""
    loop = asyncio.get_running_loop()
    token = enter(under_way)  # a fixture's own context is not the test's, where the test is a task
    loop.set_default_executor(CarryingExecutor(max_workers=1))
    with CarryingExecutor(max_workers=1) as ours, ThreadPoolExecutor(1) as theirs:
        known = [
            await loop.run_in_executor(ours, current),
            await loop.run_in_executor(None, current),
            await loop.run_in_executor(theirs, carrying(current)),
            await loop.run_in_executor(theirs, current),
        ]
    leave(token)

    assert known == [under_way, under_way, under_way, None]


async def answer(request: Request) -> JSONResponse:
    """Have work done in every way there is, and afterwards; say which journeys were known."""
    notes, loop = Notes(), asyncio.get_running_loop()

    def numbered(_: int) -> None:
        notes.take()

    run(carrying(notes.take))
    with CarryingExecutor(max_workers=2) as pool, ThreadPoolExecutor(1) as plain:
        pool.submit(notes.take).result(10)
        list(pool.map(numbered, range(2)))
        await loop.run_in_executor(pool, notes.take)
        await loop.run_in_executor(plain, carrying(notes.take))
    await asyncio.to_thread(notes.take)

    async def task() -> None:
        await asyncio.sleep(0)
        notes.take()

    await asyncio.create_task(task())
    async with asyncio.TaskGroup() as group:
        group.create_task(task())
        group.create_task(task())

    later: Notes = request.app.state.later
    return JSONResponse(
        [None if known is None else [known.journey_id, known.step] for known in notes.known],
        background=BackgroundTask(later.take),
    )


async def test_work_behind_a_guard_knows_its_journey(client_of: Client) -> None:
    """Two requests at once, each with a journey of its own, in every kind of work that a request may start."""
    app = Starlette(routes=[Route("/cart/items", answer, methods=["POST"])])
    app.state.later = Notes()

    async with client_of(Guard(app, settings())) as client:
        first, second = await asyncio.gather(client.post("/cart/items"), client.post("/cart/items"))

    journeys = [{tuple(known) for known in each.json()} for each in (first, second)]
    assert [len(each.json()) for each in (first, second)] == [10, 10]
    assert [len(each) for each in journeys] == [1, 1]
    assert {step for each in journeys for _, step in each} == {"cart"}
    assert {known.journey_id for known in app.state.later.known if known} == {
        id_ for each in journeys for id_, _ in each
    }
    assert len(app.state.later.threads - {threading.get_ident()}) > 0


async def test_fastapi_s_background_tasks_know_their_journey(client_of: Client) -> None:
    """Plain functions run in a thread, coroutines in the loop, endpoints of either kind; all after the answer."""
    app = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False})
    notes = Notes()

    async def take() -> None:
        notes.take()

    @app.post("/cart/items")
    def add(tasks: BackgroundTasks) -> str | None:
        tasks.add_task(notes.take)
        tasks.add_task(take)
        known = current()
        return None if known is None else known.journey_id

    async with client_of(Guard(app, settings())) as client:
        answered = await client.post("/cart/items")

    assert [known and known.journey_id for known in notes.known] == [answered.json()] * 2
    assert len(answered.json()) == 32


def test_nothing_under_way_is_an_empty_carrier() -> None:
    """And work resumed from it has a trace of its own and no journey."""
    with resume(to_carrier()) as context:
        assert current() is context

    assert current() is None
    assert (len(context.trace_id), len(context.span_id), context.journey_id) == (16, 8, None)


def test_a_message_carries_the_exchange(under_way: ExchangeContext) -> None:
    """Plain strings, from which another process makes the same exchange: its trace, its span, its journey."""
    carrier = to_carrier()
    assert {type(each) for pair in carrier.items() for each in pair} == {str}

    token = enter(None)
    with resume(carrier) as context:
        again = to_carrier()
    leave(token)

    assert (context.trace_id, context.span_id, context.flags) == (under_way.trace_id, under_way.span_id, 1)
    assert (context.journey_id, context.journey_name, context.step) == (ID, "checkout", "submit_order")
    assert again == carrier


def test_the_host_s_span_is_what_work_hangs_below(under_way: ExchangeContext) -> None:
    """Where the host has made a span, ours is never sent."""
    under_way.host_trace_id, under_way.host_span_id = bytes.fromhex(TRACE), bytes.fromhex(SPAN)

    context = from_carrier(to_carrier())

    assert (context.trace_id.hex(), context.span_id.hex()) == (TRACE, SPAN)


@pytest.mark.usefixtures("under_way")
def test_a_resumed_exchange_ends_with_its_block() -> None:
    """Also when the work fails; the one before is under way again."""
    before = current()

    def fail() -> None:
        with resume({"traceparent": VALID}):
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - its own
        fail()

    assert current() is before


@pytest.mark.parametrize(
    "carrier",
    [None, {}, {"traceparent": "x"}, {"traceparent": VALID[:-1]}, {"traceparent": 7}, {"traceparent": VALID.encode()}],
)
def test_a_carrier_without_a_trace_begins_one(carrier: dict[str, object] | None) -> None:
    """As a task has it that was queued by an older version, or by hand."""
    context = from_carrier(carrier)

    assert context.trace_id.hex() != TRACE
    assert context.flags == 1


def test_a_carrier_may_hold_other_things() -> None:
    """Celery's headers do."""
    carrier = {"id": 5, "retries": None, "traceparent": VALID, "baggage": f"tenant=7,journey.id={ID}", "lang": "py"}

    context = from_carrier(carrier)

    assert (context.trace_id.hex(), context.journey_id, context.journey_name) == (TRACE, ID, None)


VALUES = st.none() | st.integers() | st.text() | st.binary() | st.just(VALID) | st.just(f"journey.id={ID}")


@given(st.dictionaries(st.sampled_from(["traceparent", "baggage", "other"]), VALUES))
def test_no_carrier_raises(carrier: dict[str, object]) -> None:
    """Whatever stands in a queue, there is an exchange with valid ids."""
    context = from_carrier(carrier)

    assert (len(context.trace_id), len(context.span_id)) == (16, 8)
    assert any(context.trace_id)
    assert context.journey_id in {None, ID}


@given(
    st.binary(min_size=16, max_size=16).filter(any),
    st.binary(min_size=8, max_size=8).filter(any),
    st.integers(0, 3),
    st.none() | st.binary(min_size=16, max_size=16).map(bytes.hex),
    st.none() | st.text(st.characters(categories=["L", "N", "P", "S"], codec="ascii"), min_size=1, max_size=30),
)
def test_a_carrier_goes_round(
    trace_id: bytes, span_id: bytes, flags: int, journey: str | None, name: str | None
) -> None:
    """What goes in comes out."""
    context = ExchangeContext.of(trace_id, span_id, flags=flags, journey_id=journey, journey_name=journey and name)
    token = enter(context)
    again = from_carrier(to_carrier())
    leave(token)

    assert (again.trace_id, again.span_id, again.flags) == (trace_id, span_id, flags)
    assert (again.journey_id, again.journey_name) == (journey, context.journey_name)
