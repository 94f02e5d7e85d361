# SPDX-License-Identifier: Apache-2.0
"""What can be wrong: one file a rule, with its metadata, its prose and its check; its cases in `cases/`.

Rules of this room: checks are pure and quick, see one exchange and never raise; a code is never used again; each
rule fires in at least one of its cases and stays silent in at least one near miss.
"""

from .case import Case, CaseError, parse_cases, read_cases
from .catalogue import CATALOGUE
from .judge import judge, suspects
from .page import to_markdown
from .prose import Prose
from .rule import Repair, Rule, Sighting, Visibility

__all__ = [
    "CATALOGUE",
    "Case",
    "CaseError",
    "Prose",
    "Repair",
    "Rule",
    "Sighting",
    "Visibility",
    "judge",
    "parse_cases",
    "read_cases",
    "suspects",
    "to_markdown",
]
