# SPDX-License-Identifier: Apache-2.0
"""Time, passed in, so that no test has to wait and no room reads a clock of its own."""

import time as machine
from typing import Protocol

__all__ = ["SYSTEM_CLOCK", "Clock", "SystemClock"]


class Clock(Protocol):
    """What a room may ask about time."""

    def time(self) -> float:
        """Seconds since the Unix epoch; may jump when the machine's clock is set."""
        ...

    def time_ns(self) -> int:
        """Nanoseconds since the Unix epoch; may jump when the machine's clock is set."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment; never goes back."""
        ...


class SystemClock:
    """The clock of this machine."""

    __slots__ = ()
    time = staticmethod(machine.time)
    time_ns = staticmethod(machine.time_ns)
    monotonic = staticmethod(machine.monotonic)


SYSTEM_CLOCK = SystemClock()
