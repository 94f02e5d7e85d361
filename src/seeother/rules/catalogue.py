# SPDX-License-Identifier: Apache-2.0
"""All rules, in the order of their codes; a code is never used again."""

from . import ambiguous_redirect_after_action
from .rule import Rule

CATALOGUE: tuple[Rule, ...] = (ambiguous_redirect_after_action.RULE,)
