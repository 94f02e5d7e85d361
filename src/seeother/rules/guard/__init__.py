# SPDX-License-Identifier: Apache-2.0
"""The guard itself: where it could not do what it is there for."""

from . import action_unprotected, guard_failed_open, out_of_reach, request_returned

RULES = (guard_failed_open.RULE, action_unprotected.RULE, out_of_reach.RULE, request_returned.RULE)

__all__ = ["RULES"]
