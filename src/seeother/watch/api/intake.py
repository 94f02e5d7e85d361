# SPDX-License-Identifier: Apache-2.0
"""What comes in, as far as the health of watch is told from it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from seeother.watch.receive import BrowserReceiver, Heartbeat, Receiver


@dataclass(frozen=True, slots=True)
class Intake:
    """The two doors, and what makes sure that they lead somewhere."""

    servers: Receiver
    browsers: BrowserReceiver
    heartbeat: Heartbeat | None = None
    counted: Callable[[], int | None] = lambda: None  # as of when, microseconds since the epoch

    @property
    def heartbeat_age_ms(self) -> float | None:
        """Milliseconds since watch last stored its own telemetry, if it does."""
        return None if self.heartbeat is None else self.heartbeat.age_seconds * 1000

    @property
    def last_telemetry(self) -> datetime | None:
        """When servers' telemetry was last stored, if it ever was."""
        last = self.servers.last_stored
        return None if last is None else datetime.fromtimestamp(last, UTC)
