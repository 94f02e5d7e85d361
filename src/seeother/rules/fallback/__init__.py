# SPDX-License-Identifier: Apache-2.0
"""Fallbacks: what a person gets when the page itself cannot come, or no script runs."""

from . import (
    error_page_without_way_on,
    failure_stored_as_success,
    journey_needs_scripts,
    push_or_unsendable_hint,
    redirect_by_page,
)

RULES = (
    journey_needs_scripts.RULE,
    error_page_without_way_on.RULE,
    redirect_by_page.RULE,
    failure_stored_as_success.RULE,
    push_or_unsendable_hint.RULE,
)

__all__ = ["RULES"]
