# SPDX-License-Identifier: Apache-2.0
"""The content of an answer on its way to whoever called: when it ends, breaks off or takes too long, the call hears."""

import time
from collections.abc import AsyncIterable, Callable, Coroutine, Iterable, Iterator
from typing import Any, Generic, NoReturn, Protocol, Self, TypeVar, cast

from .alarm import Alarms, Timed, TooLateError, waited
from .call import Failure, Flow

Q = TypeVar("Q", contravariant=True)  # noqa: PLC0105 - as short as type variables are


class Watch(Timed):
    """A call under way; once its answer has been handed over, the first end of its content that it hears of counts.

    A blocking one looks at `until`, on the monotonic clock.
    """

    __slots__ = ("flow", "until")

    def __init__(self, flow: Flow, alarms: Alarms) -> None:
        """Watch for `flow`."""
        self.alarms = alarms  # what the class above would do, for the price of a call
        self.alarm = None
        self.seconds = None
        self.is_usual = False
        self.flow: Flow | None = flow
        self.until: float | None = None

    def ended(self, failure: Failure | None = None) -> None:
        """The content came whole or is not wanted any more, or broke off; raises what the call makes of that."""
        flow = self.flow
        if flow is None:
            return
        self.flow = None
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
        flow, self.flow = self.flow, None
        self.stop()
        if flow is not None:
            flow.close()


class Blaming(Protocol[Q]):
    """What a library's errors say while content is read."""

    def blame_content(self, error: BaseException) -> Failure | None:
        """What an error says of the other side; None: nothing, and it is not ours to handle."""
        ...

    def late(self, request: Q) -> Failure:
        """A content that did not come in time, as an error of the library's."""
        ...


def note(error: BaseException, watch: Watch, blaming: Blaming[Q], request: Q) -> None:
    """Tell the call of an error while its content was read; raises what it makes of it."""
    is_late = isinstance(error, TooLateError)
    failure = blaming.late(request) if is_late else blaming.blame_content(error)
    if failure is None:
        watch.abandoned()
    else:
        watch.failed(failure)


class Watched(Generic[Q]):
    """The parts, as they come: no generator, for event loops keep account of each of those that is begun."""

    def __init__(self, parts: AsyncIterable[bytes], watch: Watch, blaming: Blaming[Q], request: Q) -> None:
        """Take the parts from `parts`."""
        self._parts = parts
        self._watch = watch
        self._blaming = blaming
        self._request = request

    def __aiter__(self) -> Self:
        """Begin."""
        self._following = cast("Callable[[], Coroutine[Any, Any, bytes]]", aiter(self._parts).__anext__)
        return self

    async def __anext__(self) -> bytes:
        """The next part."""
        watch = self._watch
        try:
            if watch.alarm is not None and watch.alarm.has_rung:
                raise TooLateError  # noqa: TRY301 - told as if it came from below
            following = self._following()
            waits_for = following.send(None)
            return await waited(following, waits_for, watch)
        except StopIteration as stop:  # nothing had to be waited for
            return cast("bytes", stop.value)
        except StopAsyncIteration:
            watch.ended()
            raise
        except BaseException as error:
            note(error, watch, self._blaming, self._request)
            raise


def watched_blocking(parts: Iterable[bytes], watch: Watch, blaming: Blaming[Q], request: Q) -> Iterator[bytes]:
    """The parts, as they come: the library bounds how long each may take, here it is how long all take."""
    until = watch.until
    source = iter(parts)
    while True:
        try:
            part = next(source, None)
        except BaseException as error:
            note(error, watch, blaming, request)
            raise
        if part is None:
            break
        if until is not None and time.monotonic() >= until:
            watch.failed(blaming.late(request))
        yield part
    watch.ended()
