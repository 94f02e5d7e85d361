# SPDX-License-Identifier: Apache-2.0
"""Drives the flow of a call with the hands of a client library: twice, for awaiting and for blocking ones."""

import asyncio
import time
from typing import Generic, Protocol, TypeVar

from .alarm import Alarm
from .call import Answer, Deliver, Failure, Flow, Send, Substitute, Want
from .watch import Watch

Q = TypeVar("Q", contravariant=True)  # the library's request  # noqa: PLC0105 - as short as type variables are
R = TypeVar("R")  # the library's response


class Reading(Protocol[Q, R]):
    """What a library's answers and errors say; one object serves all calls of a transport."""

    def read(self, response: R) -> Answer:
        """The head of an answer."""
        ...

    def blame(self, error: BaseException) -> Failure | None:
        """What an error says of the other side; None: nothing, and it is not ours to handle."""
        ...

    def late(self, request: Q) -> Failure:
        """An answer that did not come in time, as an error of the library's."""
        ...

    def deliver(self, request: Q, response: R, watch: Watch) -> R:
        """The answer for whoever called; `watch` hears how its content ends."""
        ...


class Hands(Reading[Q, R], Protocol[Q, R]):
    """A client library that is awaited."""

    async def send(self, request: Q, seconds: float | None) -> R:
        """Make the request and get the head of its answer; what it says of time is for the other side."""
        ...

    async def discard(self, response: R) -> None:
        """Throw an answer away."""
        ...

    async def substitute(self, request: Q, error: Exception) -> R:
        """The fallback."""
        ...


class BlockingHands(Reading[Q, R], Protocol[Q, R]):
    """A client library that blocks."""

    def send(self, request: Q, seconds: float | None) -> R:
        """Make the request and get the head of its answer, waiting for no single thing longer than that."""
        ...

    def discard(self, response: R) -> None:
        """Throw an answer away."""
        ...

    def substitute(self, request: Q, error: Exception) -> R:
        """The fallback."""
        ...


class Drive(Generic[Q, R]):
    """One call under way with a library that is awaited."""

    __slots__ = ("_alarm", "_flow", "_hands", "_request", "_response")

    def __init__(self, flow: Flow, hands: Hands[Q, R], request: Q) -> None:
        """Take the call, and what it is made with."""
        self._flow = flow
        self._hands = hands
        self._request = request
        self._response: R | None = None
        self._alarm: Alarm | None = None

    async def run(self) -> R:
        """Make the call; returns its answer, or raises what the flow raises."""
        flow = self._flow
        try:
            want = flow.send(None)
            while not isinstance(want, Deliver):
                if isinstance(want, Send):
                    want = await self._sent(want.seconds)
                    continue
                await self._drop()
                if isinstance(want, Substitute):
                    flow.close()
                    return await self._hands.substitute(self._request, want.error)
                await asyncio.sleep(want.seconds)
                want = flow.send(None)
            return self._hands.deliver(self._request, _there(self._response), Watch(flow, alarm=self._alarm))
        except BaseException:
            flow.close()
            await self._drop()
            raise

    async def _sent(self, seconds: float | None) -> Want:
        """Make the request; what the flow wants, once it knows what became of it."""
        hands, request = self._hands, self._request
        alarm = self._alarm = None if seconds is None else Alarm(seconds)
        try:
            response = self._response = await hands.send(request, seconds)
        except BaseException as error:
            is_late = alarm is not None and alarm.is_cause(error)
            failure = hands.late(request) if is_late else hands.blame(error)
            if failure is None:
                raise
            return self._flow.send(failure)
        if alarm is not None:
            alarm.rest()
        return self._flow.send(hands.read(response))

    async def _drop(self) -> None:
        if self._alarm is not None:
            self._alarm.stop()
        if self._response is not None:
            response, self._response = self._response, None
            await self._hands.discard(response)


class BlockingDrive(Generic[Q, R]):
    """One call under way with a library that blocks."""

    __slots__ = ("_flow", "_hands", "_request", "_response", "_until")

    def __init__(self, flow: Flow, hands: BlockingHands[Q, R], request: Q) -> None:
        """Take the call, and what it is made with."""
        self._flow = flow
        self._hands = hands
        self._request = request
        self._response: R | None = None
        self._until: float | None = None  # on the monotonic clock

    def run(self) -> R:
        """Make the call; returns its answer, or raises what the flow raises."""
        flow = self._flow
        try:
            want = flow.send(None)
            while not isinstance(want, Deliver):
                if isinstance(want, Send):
                    want = self._sent(want.seconds)
                    continue
                self._drop()
                if isinstance(want, Substitute):
                    flow.close()
                    return self._hands.substitute(self._request, want.error)
                time.sleep(want.seconds)
                want = flow.send(None)
            return self._hands.deliver(self._request, _there(self._response), Watch(flow, until=self._until))
        except BaseException:
            flow.close()
            self._drop()
            raise

    def _sent(self, seconds: float | None) -> Want:
        """Make the request; what the flow wants, once it knows what became of it."""
        hands, request = self._hands, self._request
        self._until = None if seconds is None else time.monotonic() + seconds
        try:
            response = self._response = hands.send(request, seconds)
        except BaseException as error:
            failure = hands.blame(error)
            if failure is None:
                raise
            return self._flow.send(failure)
        return self._flow.send(hands.read(response))

    def _drop(self) -> None:
        if self._response is not None:
            response, self._response = self._response, None
            self._hands.discard(response)


def _there(response: R | None) -> R:
    if response is None:
        raise RuntimeError("there is no answer to deliver")
    return response
