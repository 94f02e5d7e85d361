# SPDX-License-Identifier: Apache-2.0
"""All rules, in the order of their codes; a code is never used again."""

from operator import attrgetter

from . import cache, error, fallback, form, guard, idempotency, journey, proxy, redirect, retry, security
from .rule import Rule

CATALOGUE: tuple[Rule, ...] = tuple(
    sorted(
        (
            *cache.RULES,
            *error.RULES,
            *fallback.RULES,
            *form.RULES,
            *guard.RULES,
            *idempotency.RULES,
            *journey.RULES,
            *proxy.RULES,
            *redirect.RULES,
            *retry.RULES,
            *security.RULES,
        ),
        key=attrgetter("code"),
    )
)
