# SPDX-License-Identifier: Apache-2.0
"""The exchange, carried to where work goes on for it: other threads, and other processes by way of a message.

Tasks, `asyncio.to_thread`, and the background tasks of Starlette and FastAPI know the exchange by themselves. A plain
thread and an executor begin with an empty context: `carrying` and `CarryingExecutor` are for those. What is to be done
later or elsewhere (a queue, an outbox row, a Celery task) takes `to_carrier()` along and is done under `resume`.
"""

from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import wraps
from typing import ParamSpec, TypeVar

from .context import ExchangeContext, enter, leave
from .propagation import outgoing_fields, read_baggage
from .traceparent import read_traceparent

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def carrying(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """`function`, knowing the exchange under way now wherever it is called: `Thread(target=carrying(work))`."""
    context = copy_context()

    @wraps(function)
    def carried(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        # A context can be entered once at a time, and several threads may call this at once.
        return context.copy().run(function, *args, **kwargs)

    return carried


class CarryingExecutor(ThreadPoolExecutor):
    """A thread pool whose work knows the exchange it was submitted in; also for `loop.set_default_executor`."""

    def submit(
        self, fn: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        """Have a thread call `fn`; `map` and `loop.run_in_executor` come through here too."""
        return super().submit(carrying(fn), *args, **kwargs)


def to_carrier() -> dict[str, str]:
    """The exchange under way as plain strings, to be kept with a message or a row; empty when there is none."""
    return {name.decode(): value.decode() for name, value in outgoing_fields()}


def from_carrier(carrier: Mapping[str, object] | None) -> ExchangeContext:
    """The exchange that a carrier names, else the root of a new trace; for what our own services wrote, no others.

    It is the same exchange, not a new one: what is done for it hangs below its span, and its row is recorded where it
    was answered. Other entries of the mapping, and values that are no strings, are passed over.
    """
    carrier = carrier or {}
    found = read_traceparent(_entry(carrier, "traceparent"))
    if found is None:
        context = ExchangeContext()
    else:
        trace_id, span_id, flags = found
        context = ExchangeContext.of(trace_id, span_id, flags=flags)
    baggage = read_baggage(((b"baggage", _entry(carrier, "baggage")),))
    if baggage is not None:
        context.journey_id, context.journey_name, context.step = baggage
    context.recorded = True  # a server span that starts meanwhile is another exchange's
    return context


@contextmanager
def resume(carrier: Mapping[str, object] | None) -> Generator[ExchangeContext]:
    """Do the work of a `with` block on behalf of the exchange that a carrier names."""
    context = from_carrier(carrier)
    entered = enter(context)
    try:
        yield context
    finally:
        leave(entered)


def _entry(carrier: Mapping[str, object], name: str) -> bytes:
    """An entry as a field's value; empty when there is none."""
    value = carrier.get(name)
    return value.encode(errors="replace") if isinstance(value, str) else b""
