# SPDX-License-Identifier: Apache-2.0
"""Drives the flow of a call with the hands of a client library: twice, for awaiting and for blocking ones."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar, cast

from .alarm import Alarms, TooLateError, waited
from .call import Answer, Deliver, Failure, Flow, Pause, Queue, Send, Substitute, Want
from .queue import stand, stand_blocking
from .watch import Watch

Q = TypeVar("Q", contravariant=True)  # the library's request  # noqa: PLC0105 - as short as type variables are
R = TypeVar("R")  # the library's response


class Reading(Protocol[Q, R]):
    """What a library's answers and errors say."""

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

    def send(self, request: Q, seconds: float | None) -> Coroutine[Any, Any, R]:
        """Make the request and get the head of its answer; the seconds are what our own services are told."""
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


async def drive(flow: Flow, hands: Hands[Q, R], request: Q, alarms: Alarms) -> R:
    """Make the call; returns its answer, or raises what the flow raises."""
    watch = Watch(flow, alarms)
    response: R | None = None
    try:
        want = flow.send(None)
        while True:
            if isinstance(want, Send):
                seconds, watch.is_usual = want
                watch.seconds = seconds
                try:
                    sending = hands.send(request, seconds)
                    waits_for = sending.send(None)
                    response = await waited(sending, waits_for, watch)
                except StopIteration as stop:  # nothing had to be waited for
                    response = cast("R", stop.value)
                    want = flow.send(hands.read(response))
                except BaseException as error:  # noqa: BLE001 - what is not the call's is raised again
                    want = flow.send(_failure(error, hands, request))
                else:
                    want = flow.send(hands.read(response))
            elif isinstance(want, Deliver) and response is not None:
                return hands.deliver(request, response, watch)
            elif isinstance(want, Queue):
                want = flow.send(await stand(want))
            else:
                await _dropped(watch, hands, response)
                response = None
                if isinstance(want, Substitute):
                    flow.close()
                    return await hands.substitute(request, want.error)
                await asyncio.sleep(_seconds(want))
                want = flow.send(None)
    except BaseException:
        flow.close()
        await _dropped(watch, hands, response)
        raise


def drive_blocking(flow: Flow, hands: BlockingHands[Q, R], request: Q, alarms: Alarms) -> R:
    """As `drive`, for a library that blocks; it sets no alarm."""
    watch = Watch(flow, alarms)
    response: R | None = None
    try:
        want = flow.send(None)
        while True:
            if isinstance(want, Send):
                seconds = want.seconds
                watch.until = None if seconds is None else time.monotonic() + seconds
                try:
                    response = hands.send(request, seconds)
                except BaseException as error:  # noqa: BLE001 - what is not the call's is raised again
                    want = flow.send(_failure(error, hands, request))
                else:
                    want = flow.send(hands.read(response))
            elif isinstance(want, Deliver) and response is not None:
                return hands.deliver(request, response, watch)
            elif isinstance(want, Queue):
                want = flow.send(stand_blocking(want))
            else:
                _discarded(hands, response)
                response = None
                if isinstance(want, Substitute):
                    flow.close()
                    return hands.substitute(request, want.error)
                time.sleep(_seconds(want))
                want = flow.send(None)
    except BaseException:
        flow.close()
        _discarded(hands, response)
        raise


def _failure(error: BaseException, hands: Reading[Q, R], request: Q) -> Failure:
    """What an error while the head was waited for says; raises it where it says nothing of the other side."""
    failure = hands.late(request) if isinstance(error, TooLateError) else hands.blame(error)
    if failure is None:
        raise error
    return failure


async def _dropped(watch: Watch, hands: Hands[Q, R], response: R | None) -> None:
    """Have done with an answer that nobody gets."""
    watch.stop()
    if response is not None:
        await hands.discard(response)


def _discarded(hands: BlockingHands[Q, R], response: R | None) -> None:
    """As `_dropped`, for a library that blocks."""
    if response is not None:
        hands.discard(response)


def _seconds(want: Want) -> float:
    """How long to wait."""
    if not isinstance(want, Pause):
        raise TypeError(f"there is no answer for {want!r}")
    return want.seconds
