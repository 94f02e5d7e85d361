# SPDX-License-Identifier: Apache-2.0
"""What breakers have to tell, and who listens: metrics, logs, tests."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from .outcome import Outcome
from .refusal import Reason
from .state import Event, State

_log = logging.getLogger("seeother.breaker")


@dataclass(frozen=True, slots=True)
class StateChanged:
    """A transition; `open_seconds` is 0 unless it opened. Threads may tell out of order: `generation` only grows."""

    name: str
    event: Event
    before: State
    after: State
    generation: int
    open_seconds: float


@dataclass(frozen=True, slots=True)
class Refused:
    """A call was not let through."""

    name: str
    reason: Reason
    retry_after: float


@dataclass(frozen=True, slots=True)
class CallFailed:
    """A call ended in a failure; `late` when its generation had passed and it counted no more."""

    name: str
    outcome: Outcome
    seconds: float
    late: bool


@dataclass(frozen=True, slots=True)
class CallSlow:
    """A call succeeded, and took longer than it should."""

    name: str
    seconds: float
    late: bool


@dataclass(frozen=True, slots=True)
class BackPressure:
    """The other side asked for less; calls are held back for so many seconds."""

    name: str
    held_seconds: float


News = StateChanged | Refused | CallFailed | CallSlow | BackPressure
Listener = Callable[[News], object]


class Listeners:
    """Those who want to hear. Without one, nothing is made to be told: `wanted` is empty, then."""

    __slots__ = ("wanted",)

    def __init__(self) -> None:
        self.wanted: list[Listener] = []

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Have `listener` called with all news, in the thread of the call that made them; returns what undoes this."""

        def once(news: News) -> None:
            listener(news)

        self.wanted.append(once)  # not `listener` itself: it may listen twice, and each undo takes back its own

        def undo() -> None:
            if once in self.wanted:
                self.wanted.remove(once)

        return undo

    def tell(self, news: News) -> None:
        """Tell all listeners; what goes wrong with one of them is logged, not raised."""
        for listener in tuple(self.wanted):
            try:
                listener(news)
            except Exception:  # noqa: BLE001 - a listener's error is not the caller's
                _log.exception("a listener could not take the news of %s", news.name)
