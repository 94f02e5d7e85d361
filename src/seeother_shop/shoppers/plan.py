# SPDX-License-Identifier: Apache-2.0
"""What one person will do on one visit, decided before it begins.

Everything is drawn at once from the shopper's own random source. However slow or broken the shop is, the same seed
makes the same decisions; only what the shop answers may differ.
"""

from dataclasses import dataclass
from random import Random

__all__ = ["LEAVING", "Kind", "Plan", "draw_plan"]

# Where people leave, in the order in which they come by; the share of those who leave at each (they sum to one).
LEAVING = {"product": 0.3, "cart": 0.25, "checkout": 0.25, "pay": 0.1, "provider": 0.1}
PAUSES = 16  # think times drawn per visit; a longer visit starts over


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of shopper: how many of them there are and how likely each habit is (0 to 1)."""

    name: str
    weight: float
    pause_seconds: float
    looks: int = 1
    leaves: float = 0.0
    mistypes: float = 0.0
    clicks_twice: float = 0.0
    goes_back: float = 0.0
    refreshes: float = 0.0
    declined: float = 0.0
    patience: int = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """The decisions of one visit."""

    kind: str
    user_agent: str
    shelf: tuple[float, ...]
    quantity: int
    pauses_seconds: tuple[float, ...]
    leaves_at: str | None
    mistypes: bool
    clicks_twice: bool
    goes_back: bool
    refreshes: bool
    declined: bool
    patience: int
    name: str


def draw_plan(source: Random, kinds: tuple[Kind, ...], user_agents: tuple[str, ...], names: tuple[str, ...]) -> Plan:
    """Decide a visit."""
    kind = source.choices(kinds, [kind.weight for kind in kinds])[0]
    user_agent, name = source.choice(user_agents), source.choice(names)
    shelf = tuple(source.random() for _ in range(kind.looks))
    quantity = source.choices((1, 2, 3), (8, 2, 1))[0]
    # People's think times are skewed: most are short, some are long. Log-normal, its median is the kind's pause.
    pauses = tuple(round(kind.pause_seconds * source.lognormvariate(0, 0.5), 3) for _ in range(PAUSES))
    place = source.choices(tuple(LEAVING), tuple(LEAVING.values()))[0]
    leaves, mistypes, twice, back, again, declined = (source.random() for _ in range(6))
    return Plan(
        kind=kind.name,
        user_agent=user_agent,
        shelf=shelf,
        quantity=quantity,
        pauses_seconds=pauses,
        leaves_at=place if leaves < kind.leaves else None,
        mistypes=mistypes < kind.mistypes,
        clicks_twice=twice < kind.clicks_twice,
        goes_back=back < kind.goes_back,
        refreshes=again < kind.refreshes,
        declined=declined < kind.declined,
        patience=kind.patience,
        name=name,
    )
