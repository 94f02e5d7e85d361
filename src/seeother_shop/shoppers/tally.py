# SPDX-License-Identifier: Apache-2.0
"""What the shoppers themselves saw, counted, to be held against what watch says."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .page import UNREACHED

__all__ = ["Outcome", "Tally"]


class Outcome(StrEnum):
    """How a visit ended, in the eyes of the person."""

    BOUGHT = "bought"
    LEFT = "left"
    DECLINED = "declined"
    GAVE_UP = "gave_up"
    WAITING = "waiting"
    SENT_OUT = "sent_out"


@dataclass(slots=True)
class Tally:
    """Counters of one crowd; orders are counted by the number that a confirmation shows."""

    visits: int = 0
    entered: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter[Outcome])
    habits: Counter[str] = field(default_factory=Counter[str])
    errors: Counter[str] = field(default_factory=Counter[str])
    statuses: Counter[int] = field(default_factory=Counter[int])
    orders: set[str] = field(default_factory=set[str])
    second_orders: int = 0
    exchanges: int = 0

    def answered(self, _method: str, _path: str, status: int) -> None:
        """Count an answer, or its absence."""
        self.exchanges += 1
        self.statuses[status] += 1

    def to_json(self) -> dict[str, Any]:
        """The counters as one JSON object; an answer that never came is counted as `none`."""
        return {
            "visits": self.visits,
            "entered": self.entered,
            "outcomes": {outcome.value: self.outcomes[outcome] for outcome in Outcome},
            "habits": dict(sorted(self.habits.items())),
            "errors": dict(sorted(self.errors.items())),
            "statuses": {
                "none" if status == UNREACHED else str(status): n for status, n in sorted(self.statuses.items())
            },
            "orders": len(self.orders),
            "second_orders": self.second_orders,
            "exchanges": self.exchanges,
        }
