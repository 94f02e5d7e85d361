# SPDX-License-Identifier: Apache-2.0
"""What all paths of the API work with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fastapi import HTTPException

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.journey import Journey
from seeother.watch.questions import Asker


@dataclass(frozen=True)
class Desk:
    """Who is asked, about which configured journeys, and what time it is.

    Whether watch is ready is asked of the `prober`, which waits for nobody's slow question.
    """

    asker: Asker
    prober: Asker
    store_address: str
    journeys: Mapping[str, Journey] = field(default_factory=dict[str, Journey])
    clock: Clock = SYSTEM_CLOCK

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.fromtimestamp(self.clock.time(), UTC)

    def journey(self, name: str) -> Journey:
        """The configured journey called `name`, or an answer that there is none."""
        journey = self.journeys.get(name)
        if journey is None:
            known = ", ".join(sorted(self.journeys)) or "none is configured"
            raise HTTPException(404, f"there is no journey {name!r}; known: {known}")
        return journey
