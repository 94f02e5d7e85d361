# SPDX-License-Identifier: Apache-2.0
"""Repairs: what the guard makes of an answer that breaks a rule, as pure functions on the answer.

Rules of this room: no finding, no repair; a repair loses no cookie, and it leaves alone what it cannot mend for
certain.
"""

from .answer_in_hand import Answer, Terms
from .catalogue import BY_DECLARATION, REPAIRS
from .refusals import is_refused_target
from .repaired import repaired

__all__ = ["BY_DECLARATION", "REPAIRS", "Answer", "Terms", "is_refused_target", "repaired"]
