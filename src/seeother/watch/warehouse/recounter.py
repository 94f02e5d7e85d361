# SPDX-License-Identifier: Apache-2.0
"""The thread that counts again what is only known from what came after: when rows have come, and as time passes."""

import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from logging import getLogger
from threading import Condition, Thread

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.journey import Journey

from .port import Engine
from .recount import Rules, recount
from .retention import RAW_DAYS

LOOK_SECONDS = 60.0  # between looks if nobody says that rows have come: time has passed, too
_LEAST_SECONDS = 1.0  # that it rests; with what follows from raw rows, half of what a purchase may take
_SHARE = 5  # times as long as it has counted, it rests: a sixth of a core
_VERY_LATE_SECONDS = 86400.0  # between looks for rows that are later than most, where nobody knows which are new
_LONGEST_SECONDS = 60.0  # that it rests, however long it took

_US = timedelta(microseconds=1)

_log = getLogger(__name__)


class Recounter:
    """One thread for one store, with a connection of its own."""

    def __init__(
        self,
        engine: Engine,
        journeys: Iterable[Journey],
        on_change: Callable[[], None],
        *,
        kept: timedelta = RAW_DAYS,
        late: tuple[timedelta, timedelta] = (timedelta(0), timedelta(0)),
        is_fed: Callable[[], bool] = lambda: True,
        look_seconds: float = LOOK_SECONDS,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Count through `engine`, which is the recounter's alone; `on_change` is called when counts may have changed.

        Raw rows are `kept` for so long; what was counted of older ones stays. For `late`, see recount:
        by how much most rows may be, and those that are looked for once a day.
        `is_fed` tells whether all that was stored has come, and that was said by `wake`.
        """
        self._engine = engine
        self._rules = Rules.of(journeys)
        self._on_change = on_change
        self._kept = kept // _US
        self._late, self._very_late = [each // _US for each in late]
        self._looked_far: float | None = None  # when, monotonic
        self._is_fed = is_fed
        self._look = look_seconds
        self._clock = clock
        self._wake = Condition()
        self._asked = self._answered = 0
        self._woken = True
        self._counting = False
        self._closing = False
        self._counted: int | None = None
        self._thread = Thread(target=self._work, name="watch-recounter", daemon=True)

    @property
    def counted(self) -> int | None:
        """As of when all rows are counted, microseconds since the epoch; None as long as they are not."""
        is_fed = self._is_fed()  # asked first: what comes now is said before it is told to be here
        with self._wake:
            is_up_to_date = is_fed and self._counted is not None and not self._woken and not self._counting
            return self._clock.time_ns() // 1000 if is_up_to_date else self._counted

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def wake(self) -> None:
        """Rows have come; may be called from any thread."""
        with self._wake:
            self._woken = True
            self._wake.notify_all()

    def settle(self) -> None:
        """Return when everything is counted that is in."""
        with self._wake:
            self._asked += 1
            mine = self._asked
            self._wake.notify_all()
            self._wake.wait_for(lambda: self._answered >= mine or not self._thread.is_alive())

    def close(self) -> None:
        """End; what is not counted yet is counted when the store is opened again."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    def _work(self) -> None:
        rest = 0.0
        has_failed = False
        while (asked := self._next(rest)) is not None:
            began = time.monotonic()
            had_failed, has_failed = has_failed, False
            try:
                if self._count():
                    self._on_change()
            except _ClosingError:
                return
            except Exception:  # noqa: BLE001 - the thread must outlive it; the same is tried again
                has_failed = True
                if not had_failed:  # once: a server may be away for hours
                    _log.exception("what came after is not counted; it is tried until it is")
            rest = max(_LEAST_SECONDS, min(_SHARE * (time.monotonic() - began), _LONGEST_SECONDS))
            with self._wake:
                self._counting = False
                self._woken |= has_failed
                self._answered = asked
                self._wake.notify_all()

    def _count(self) -> bool:
        now = self._clock.time_ns() // 1000
        # Of the first of the rows that are left, what came before it may have gone.
        since = max(now - self._kept + self._rules.reach, 0)
        begin = self._clock.monotonic()
        looks_far = self._looked_far is None or begin - self._looked_far >= _VERY_LATE_SECONDS
        late = self._very_late if looks_far else self._late
        has_counted = recount(self._engine, self._rules, now, since=since, late=late, go_on=self._go_on)
        if looks_far:
            self._looked_far = begin
        self._counted = now
        return has_counted

    def _go_on(self) -> None:
        if self._closing:
            raise _ClosingError

    def _next(self, rest: float) -> int | None:
        """Rest, then wait for rows, unless somebody insists; which request that answers, None at the end."""
        with self._wake:
            if not self._wake.wait_for(self._is_urgent, rest):
                self._wake.wait_for(lambda: self._woken or self._is_urgent(), self._look)
            self._woken, self._counting = False, True
            return None if self._closing else self._asked

    def _is_urgent(self) -> bool:
        return self._closing or self._asked > self._answered


class _ClosingError(Exception):
    """There is no time for more."""
