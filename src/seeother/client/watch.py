# SPDX-License-Identifier: Apache-2.0
"""The content of an answer on its way to whoever called: when it ends, breaks off or takes too long, the call hears."""

import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from typing import NoReturn

from .alarm import Alarm
from .call import Failure, Flow

Blame = Callable[[BaseException], Failure | None]  # what an error of the client library says; None: it says nothing
Late = Callable[[], Failure]


class Watch:
    """The rest of a call, once its answer has been handed over; the first end that it hears of counts."""

    __slots__ = ("_flow", "alarm", "until")

    def __init__(self, flow: Flow, *, alarm: Alarm | None = None, until: float | None = None) -> None:
        """Tell `flow`; the content may take until `alarm` rings, or until then on the monotonic clock."""
        self._flow: Flow | None = flow
        self.alarm = alarm
        self.until = until

    def ended(self, failure: Failure | None = None) -> None:
        """The content came whole or is not wanted any more, or broke off; raises what the call makes of that."""
        flow, self._flow = self._flow, None
        if flow is None:
            return
        if self.alarm is not None:
            self.alarm.stop()
        try:
            flow.send(failure)
        except StopIteration:
            return
        flow.close()

    def failed(self, failure: Failure) -> NoReturn:
        """The content broke off, or its time is over; raises what the call makes of that, else the failure's error."""
        self.ended(failure)
        raise failure.error

    def abandoned(self) -> None:
        """Whoever called has gone away."""
        flow, self._flow = self._flow, None
        if self.alarm is not None:
            self.alarm.stop()
        if flow is not None:
            flow.close()


async def watched(parts: AsyncIterable[bytes], watch: Watch, *, blame: Blame, late: Late) -> AsyncIterator[bytes]:
    """The parts, as they come."""
    alarm = watch.alarm
    source = aiter(parts)
    while True:
        if alarm is not None and not alarm.watch():
            watch.failed(late())
        try:
            part = await anext(source)
        except StopAsyncIteration:
            break
        except BaseException as error:
            failure = late() if alarm is not None and alarm.is_cause(error) else blame(error)
            if failure is None:
                watch.abandoned()
                raise
            watch.failed(failure)
        if alarm is not None:
            alarm.rest()
        yield part
    watch.ended()


def watched_blocking(parts: Iterable[bytes], watch: Watch, *, blame: Blame, late: Late) -> Iterator[bytes]:
    """The parts, as they come: the library bounds how long each may take, here it is how long all take."""
    until = watch.until
    source = iter(parts)
    while True:
        try:
            part = next(source, None)
        except BaseException as error:
            failure = blame(error)
            if failure is None:
                watch.abandoned()
                raise
            watch.failed(failure)
        if part is None:
            break
        if until is not None and time.monotonic() >= until:
            watch.failed(late())
        yield part
    watch.ended()
