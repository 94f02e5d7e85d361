# SPDX-License-Identifier: Apache-2.0
"""What an operator declares about a route: its kind, and how its actions are kept from happening twice."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from seeother.journey import RouteKind
from seeother.message import Pattern

from .contract import StatusContract
from .inquiry import Reconcile

KNOWN, SHARED = "known", "shared"  # principals: whoever can be told by usual means; nobody is told apart
WEBHOOK_ID = "header:webhook-id"  # Standard Webhooks


class Idempotency(StrEnum):
    """Where the key of an action comes from, and whether it may be missing."""

    OFF = "off"
    KEY = "key"
    REQUIRED = "required"
    FORM = "form"
    CALLBACK = "callback"


class InFlight(StrEnum):
    """What a duplicate gets while the first is still running: who is held until there is an answer."""

    PEOPLE = "people"
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


class Oversize(StrEnum):
    """What a duplicate gets when the first answer was too long to be kept."""

    UNKNOWN = "unknown"
    REDIRECT = "redirect"


@dataclass(frozen=True, slots=True)
class RoutePolicy:
    """One declared route. `principal` names the cookie or field that tells people apart."""

    match: Pattern
    kind: RouteKind = RouteKind.ACTION
    idempotency: Idempotency = Idempotency.OFF
    in_flight: InFlight = InFlight.PEOPLE
    finished: AfterFinish = AfterFinish.REPLAY
    principal: str = KNOWN
    per_host: bool = False  # each Host has keys of its own
    event_id: str = WEBHOOK_ID  # where a callback has its event's id
    window: timedelta = timedelta(seconds=10)  # how long mode form remembers
    csrf_fields: frozenset[str] = frozenset()  # beside the usual ones
    remember: frozenset[int] = frozenset({2, 3, 4})  # status classes
    dialogue: frozenset[int] = frozenset()  # error statuses that are part of the conversation
    after_crash: AfterCrash = AfterCrash.UNKNOWN
    reconcile: Reconcile | None = None  # asked what became of an action with an unknown outcome
    oversize: Oversize = Oversize.UNKNOWN
    ledger_down: LedgerDown = LedgerDown.REFUSE
    transactional: bool = False  # the handler takes the claim into its own transaction (`seeother.ledger.once`)
    success: frozenset[int] = frozenset()  # the contract: statuses of success, and of errors
    errors: frozenset[int] = frozenset()
    preserves_method: bool = False  # 307 and 308 are meant
    problems: bool = False  # the application's own JSON errors become problem details, too
    form_token: bool = False  # a form whose origin no browser tells must carry the guard's token
    park: bool = False  # a page that answers a POST gets an address of its own (FRM004)
    outcome_page: str | None = None  # where people learn what became of an action with an unknown outcome
    deadline: timedelta | None = None  # after which nobody is kept waiting for the first byte
    repair: frozenset[str] = frozenset()  # codes of rules whose opt-in repair is wanted
    leave: frozenset[str] = frozenset()  # codes of rules that are reported and not repaired

    @property
    def contract(self) -> frozenset[int] | None:
        """Every status that keeps the route's contract; None when it declares none. What is dialogue is declared."""
        return StatusContract(self.success, self.errors | self.dialogue if self.errors else self.errors).statuses

    def is_failure(self, status: int) -> bool:
        """Whether an answer with this status is a failed attempt (DESIGN, "Words")."""
        return status >= 400 and status not in self.dialogue  # noqa: PLR2004 - the first error class, RFC 9110 15.5
