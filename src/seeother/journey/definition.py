# SPDX-License-Identifier: Apache-2.0
"""What a journey is made of: named steps and the exchanges that are attempts of them."""

from dataclasses import dataclass
from datetime import timedelta

from seeother.message import Pattern


@dataclass(frozen=True, slots=True)
class Step:
    """A named stage: `on` are the exchanges that attempt it, `page` those whose page timing belongs to it."""

    name: str
    on: tuple[Pattern, ...]
    page: tuple[Pattern, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Journey:
    """One kind of journey; idle for `abandoned_after` it has ended, open for `timeout` it has timed out."""

    name: str
    steps: tuple[Step, ...]
    abandoned_after: timedelta = timedelta(minutes=30)
    timeout: timedelta = timedelta(hours=24)

    @property
    def entries(self) -> tuple[Step, ...]:
        """The steps at which a journey may begin: up to and including the first that is not optional."""
        for index, step in enumerate(self.steps):
            if not step.optional:
                return self.steps[: index + 1]
        return self.steps

    @property
    def goal(self) -> Step:
        """The last step: a journey that reached it has succeeded."""
        return self.steps[-1]
