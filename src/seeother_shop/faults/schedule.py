# SPDX-License-Identifier: Apache-2.0
"""When a fault is on: NAME, NAME@START or NAME@START-END, in seconds since the start of the run."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.errors import SettingsError

from .catalogue import FAULTS

_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"
_SPEC = re.compile(rf"(?P<name>[a-z0-9-]+)(?:@(?P<start>{_NUMBER})(?:-(?P<end>{_NUMBER}))?)?")


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that is on from `start` (included) to `end` (not included), seconds since the start of the run."""

    name: str
    start: float = 0.0
    end: float = math.inf

    def __str__(self) -> str:
        """As it is written on a command line."""
        if math.isinf(self.end):
            return f"{self.name}@{self.start:g}" if self.start else self.name
        return f"{self.name}@{self.start:g}-{self.end:g}"


def parse_fault(text: str) -> Fault:
    """Read NAME[@START[-END]]; raises SettingsError that says what is known."""
    match = _SPEC.fullmatch(text.strip())
    known = ", ".join(kind.name for kind in FAULTS)
    if match is None:
        raise SettingsError(
            "fault", text, f"write NAME, NAME@START or NAME@START-END in seconds; NAME is one of {known}"
        )
    if match["name"] not in {kind.name for kind in FAULTS}:
        raise SettingsError("fault", text, f"use one of {known}")
    fault = Fault(match["name"], float(match["start"] or 0), math.inf if match["end"] is None else float(match["end"]))
    if fault.end <= fault.start:
        raise SettingsError("fault", text, "let END be later than START")
    return fault


class Schedule:
    """Says whether a fault is on now."""

    def __init__(self, faults: Iterable[Fault] = (), *, epoch: float | Path = 0.0, clock: Clock = SYSTEM_CLOCK) -> None:
        """Count the faults' seconds from `epoch`: seconds since the Unix epoch, or a file that is made at that moment.

        A run starts when its last process is ready, which nobody knows when the first one is started: hence the file.
        """
        self._faults = tuple(faults)
        self._epoch = epoch
        self._clock = clock

    def is_on(self, name: str) -> bool:
        """Whether the fault called `name` is on; none is before the run has started."""
        if isinstance(self._epoch, Path):
            if not self._epoch.exists():
                return False
            self._epoch = self._epoch.stat().st_mtime
        elapsed = self._clock.time() - self._epoch
        return any(fault.name == name and fault.start <= elapsed < fault.end for fault in self._faults)
