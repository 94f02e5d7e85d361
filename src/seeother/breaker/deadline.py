# SPDX-License-Identifier: Apache-2.0
"""When an answer is of no use any more, carried from the first service to the last.

Between services it travels as what is left, since their clocks differ: `Request-Timeout-Ms: 750`. The unit stands in
the name; the `Request-Timeout` of draft-thomson-hybi-http-timeout was in seconds and never became a standard. The way
of the field itself is not in it: whoever reads it has that much less.
"""

import math
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

TIMEOUT_FIELD = b"request-timeout-ms"
_DIGITS_MOST = 9
_SECONDS_MOST = 600.0  # ten minutes: nobody waits longer for an answer, and a field that says so is a mistake


@dataclass(frozen=True, slots=True, order=True)
class Deadline:
    """A moment, in seconds on the monotonic clock of this machine."""

    at: float

    @classmethod
    def after(cls, seconds: float, now: float) -> "Deadline":
        """So many seconds from `now`."""
        return cls(now + seconds)

    def left(self, now: float) -> float:
        """Seconds until then; 0 when it is past."""
        return max(0.0, self.at - now)

    def is_over(self, now: float) -> bool:
        """Whether the moment is past."""
        return now >= self.at

    def within(self, seconds: float, now: float) -> "Deadline":
        """The budget of a call that may take so many seconds, if there are as many left."""
        return Deadline(min(self.at, now + seconds))

    def share(self, part: float, now: float) -> "Deadline":
        """The budget of a call that may take this part of what is left, as 0.5 for half."""
        return Deadline(now + self.left(now) * part)


def read_timeout(value: bytes, now: float) -> Deadline | None:
    """The deadline that a field's value gives to who received it at `now`; None for what is no number."""
    value = value.strip(b" \t")
    if not value.isdigit() or len(value) > _DIGITS_MOST:
        return None
    return Deadline.after(min(int(value) / 1000, _SECONDS_MOST), now)


def to_timeout(deadline: Deadline, now: float) -> bytes:
    """The field's value: whole milliseconds, rounded down, so that the other side does not work for nobody."""
    return b"%d" % math.floor(min(deadline.left(now), _SECONDS_MOST) * 1000)


_CURRENT: ContextVar[Deadline | None] = ContextVar("seeother_deadline", default=None)
current_deadline = _CURRENT.get  # what the call being answered has left; None: no limit


@contextmanager
def deadline_of(deadline: Deadline | None) -> Generator[None]:
    """Make it the current one, unless the current one is nearer."""
    now = _CURRENT.get()
    token = _CURRENT.set(min((each for each in (deadline, now) if each is not None), default=None))
    try:
        yield
    finally:
        _CURRENT.reset(token)
