# SPDX-License-Identifier: Apache-2.0
"""What an operator declares about a route: its kind, and how its actions are kept from happening twice."""

from dataclasses import dataclass
from enum import StrEnum

from seeother.journey import RouteKind
from seeother.message import Pattern


class Idempotency(StrEnum):
    """Where the key of an action comes from, and whether it may be missing."""

    OFF = "off"
    KEY = "key"
    REQUIRED = "required"
    CALLBACK = "callback"


class InFlight(StrEnum):
    """What a duplicate gets while the first is still running."""

    WAIT = "wait"
    CONFLICT = "conflict"


class AfterFinish(StrEnum):
    """What a duplicate gets once the first is done; `conflict` is the article's 409."""

    REPLAY = "replay"
    CONFLICT = "conflict"


class AfterCrash(StrEnum):
    """What a duplicate gets when nobody knows how the first ended; `rerun` only where running twice does no harm."""

    UNKNOWN = "unknown"
    RERUN = "rerun"


class LedgerDown(StrEnum):
    """What happens to an action when the ledger cannot be asked."""

    REFUSE = "refuse"
    PROCEED = "proceed"


@dataclass(frozen=True, slots=True)
class RoutePolicy:
    """One declared route. `principal` names the cookie or field that tells people apart; durations are seconds."""

    match: Pattern
    kind: RouteKind = RouteKind.ACTION
    idempotency: Idempotency = Idempotency.OFF
    in_flight: InFlight = InFlight.WAIT
    finished: AfterFinish = AfterFinish.REPLAY
    principal: str = "authorization"
    remember: frozenset[int] = frozenset({2, 3, 4})  # status classes
    dialogue: frozenset[int] = frozenset()  # error statuses that are part of the conversation
    after_crash: AfterCrash = AfterCrash.UNKNOWN
    ledger_down: LedgerDown = LedgerDown.REFUSE

    def is_failure(self, status: int) -> bool:
        """Whether an answer with this status is a failed attempt (DESIGN, "Words")."""
        return status >= 400 and status not in self.dialogue  # noqa: PLR2004 - the first error class, RFC 9110 15.5
