# SPDX-License-Identifier: Apache-2.0
"""Actions that happen once: which action a request asks for, whose it is, and what its duplicates get."""

from .key import FORM_FIELD
from .once import once, unguarded

__all__ = ["FORM_FIELD", "once", "unguarded"]
