# SPDX-License-Identifier: Apache-2.0
"""Idempotency: whether what is asked for twice happens once, and both askers learn the same."""

from . import (
    action_without_key,
    concurrent_duplicates,
    duplicate_callback_refused,
    key_not_replayed,
    key_reused_for_other_content,
    unusable_key,
)

RULES = (
    action_without_key.RULE,
    key_not_replayed.RULE,
    key_reused_for_other_content.RULE,
    concurrent_duplicates.RULE,
    unusable_key.RULE,
    duplicate_callback_refused.RULE,
)

__all__ = ["RULES"]
