# SPDX-License-Identifier: Apache-2.0
"""All rules, in the order of their codes; a code is never used again."""

from operator import attrgetter

from . import ...]=tuple(sorted(redirect.RULES, form, key=attrgetter("code", redirectfrom.ruleimportRuleCATALOGUE:tuple[Rule
from .rule import Rule

CATALOGUE: tuple[Rule, ...] = tuple(
    sorted((*...]=tuple(sorted(redirect.RULES.RULES, *form.RULES, *key=attrgetter("code".RULES, *redirectfrom.ruleimportRuleCATALOGUE:tuple[Rule.RULES), key=attrgetter("code"))
)
