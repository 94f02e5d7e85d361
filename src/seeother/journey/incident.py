# SPDX-License-Identifier: Apache-2.0
"""What only the running process can see: things that happened around an exchange and never reached the wire."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from seeother.message import Request

from .declaration import UNDECLARED, Declaration


class IncidentKind(StrEnum):
    """What happened."""

    SECOND_HEAD = "second-head"  # a response head after the first one; detail: status, location
    CUT = "cut"  # the response failed after its head; detail: error
    HINT_REFUSED = "hint-refused"  # early hints that the server does not offer, or HTTP/1; detail: why
    PUSH = "push"  # a server push was asked for
    STAGED_LOST = "staged-lost"  # fields or cookies staged for an answer that left without them; detail: fields
    TRUST_UNBOUNDED = "trust-unbounded"  # everybody is a trusted proxy; detail: networks
    FORWARDED_DISAGREES = "forwarded-disagrees"  # Forwarded and X-Forwarded-* say different things; detail: both
    CROSS_SITE = "cross-site"  # an unsafe request from elsewhere; detail: reason, refused
    KEY_UNUSABLE = "key-unusable"  # an action's key is missing or malformed; detail: why
    KEY_BARE = "key-bare"  # an action's key came without the quotes of a structured field
    OUTCOME_UNKNOWN = "outcome-unknown"  # an action failed and nobody knows what it did; detail: status, error
    UNPROTECTED = "unprotected"  # an action ran without its ledger
    OUT_OF_REACH = "out-of-reach"  # a guard in front cannot look into an answer; detail: answered, why
    RETURNED = "returned"  # a guard in front was asked by itself; detail: upstream
    GUARD_FAILED = "guard-failed"  # an error of the guard's own; the exchange passed as if there were none


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing that happened; `request` and `status` where there was an exchange, `detail` what was seen."""

    kind: IncidentKind
    request: Request | None = None
    status: int = 0
    detail: Mapping[str, str] = field(default_factory=dict[str, str])
    declaration: Declaration = UNDECLARED
