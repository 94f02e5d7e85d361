# SPDX-License-Identifier: Apache-2.0
"""Many exchanges, one intent: journeys, their steps, who is on them, and what a rule found.

Rules of this room: pure; secrets and the time are passed in.
"""

from .definition import Journey, Step
from .finding import Finding, Severity
from .identity import Identity, Seal, mint

__all__ = ["Finding", "Identity", "Journey", "Seal", "Severity", "Step", "mint"]
