# SPDX-License-Identifier: Apache-2.0
"""Many exchanges, one intent: journeys, their steps, who is on them, what was declared, and what a rule found.

Rules of this room: pure; secrets and the time are passed in.
"""

from .declaration import UNDECLARED, Declaration, RouteKind
from .definition import Journey, Step
from .finding import Finding, Severity
from .identity import Identity, Seal, mint
from .incident import Incident, IncidentKind
from .memo import Memo
from .trail import Trail

__all__ = [
    "UNDECLARED",
    "Declaration",
    "Finding",
    "Identity",
    "Incident",
    "IncidentKind",
    "Journey",
    "Memo",
    "RouteKind",
    "Seal",
    "Severity",
    "Step",
    "Trail",
    "mint",
]
