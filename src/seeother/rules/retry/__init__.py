# SPDX-License-Identifier: Apache-2.0
"""Coming back: whether clients and people are told when and how, and whether they heed it."""

from . import (
    client_back_too_early,
    misleading_retry_after,
    no_retry_after,
    no_way_back,
    refresh_after_action,
    storable_refusal,
)

RULES = (
    no_retry_after.RULE,
    misleading_retry_after.RULE,
    no_way_back.RULE,
    refresh_after_action.RULE,
    client_back_too_early.RULE,
    storable_refusal.RULE,
)

__all__ = ["RULES"]
