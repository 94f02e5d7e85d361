# SPDX-License-Identifier: Apache-2.0
"""Redirects: whether they say what they mean, and lead where they should."""

from . import ambiguous_redirect_after_action
from .routing_move import is_routing_move

RULES = (ambiguous_redirect_after_action.RULE,)

__all__ = ["RULES", "is_routing_move"]
