# SPDX-License-Identifier: Apache-2.0
"""What repairs work on, and on which terms."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from seeother.journey import UNDECLARED, Declaration
from seeother.message import Exchange, Fields
from seeother.policy.problem import FallbackPage


class Answer(NamedTuple):
    """An answer whose head has not been sent; `content` is None where it is not all in hand and cannot be changed."""

    status: int
    fields: Fields
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms answers are repaired in one place.

    `enabled` are the codes of the rules whose repair is wanted here, `left` those that are only to be reported (of
    repairs that are made elsewhere, see `BY_DECLARATION`), `retry_after` is in seconds, `chance` gives
    numbers from 0 to below 1, `problems` lets the application's own JSON errors be turned into problem details, and
    `way_on` is where pages lead.
    """

    pages: FallbackPage
    enabled: frozenset[str]
    chance: Callable[[], float]
    left: frozenset[str] = frozenset()
    declaration: Declaration = UNDECLARED
    problems: bool = False
    retry_after: float = 5.0
    way_on: str = "/"


Repairer = Callable[[Answer, Exchange, Terms], Answer | None]
