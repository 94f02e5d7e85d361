# SPDX-License-Identifier: Apache-2.0
"""Judges exchanges by the catalogue.

Which rules can apply is known from method and status alone, and compiled into one table: most exchanges cost a
single look-up.
"""

from seeother.journey import Finding
from seeother.message import Exchange

from .catalogue import CATALOGUE
from .rule import Rule


def _table() -> dict[tuple[str, int], tuple[Rule, ...]]:
    """The rules by method and status."""
    table: dict[tuple[str, int], tuple[Rule, ...]] = {}
    for rule in CATALOGUE:
        for method in rule.methods:
            for status in rule.statuses:
                table[method, status] = (*table.get((method, status), ()), rule)
    return table


_TABLE = _table()


def suspects(method: str, status: int) -> tuple[Rule, ...]:
    """The rules that an exchange with this method and status might break; mostly none."""
    return _TABLE.get((method, status), ())


def judge(exchange: Exchange) -> list[Finding]:
    """What the rules find wrong with one exchange, in the order of their codes."""
    suspected = suspects(exchange.request.method, exchange.response.status)
    return [finding for rule in suspected if (finding := rule.finding(exchange)) is not None]
