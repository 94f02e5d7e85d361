# SPDX-License-Identifier: Apache-2.0
"""What can be wrong: one file a rule, in the room of its family: metadata, prose and checks; its cases in `cases/`.

Rules of this room: checks are pure and quick and never raise; a code is never used again; each rule fires in at least
one of its cases and stays silent in at least one near miss. The three letters of a code are its family:

    RED redirect/   ERR error/   RTY retry/   IDM idempotency/   PRX proxy/   FRM form/   CAC cache/
    JNY journey/    FBK fallback/   SEC security/   GRD guard/
"""

from .case import Case, CaseError, parse_cases, read_cases
from .catalogue import CATALOGUE
from .framework_json import is_framework_json
from .judge import Docket, Suspect, judge, may_speak
from .page import to_markdown
from .prose import Prose
from .rule import OnExchange, OnIncident, OnTrail, Repair, Rule, Sighting, Visibility
from .session_cookie import is_session_name

__all__ = [
    "CATALOGUE",
    "Case",
    "CaseError",
    "Docket",
    "OnExchange",
    "OnIncident",
    "OnTrail",
    "Prose",
    "Repair",
    "Rule",
    "Sighting",
    "Suspect",
    "Visibility",
    "is_framework_json",
    "is_session_name",
    "judge",
    "may_speak",
    "parse_cases",
    "read_cases",
    "to_markdown",
]
