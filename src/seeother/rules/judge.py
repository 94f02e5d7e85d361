# SPDX-License-Identifier: Apache-2.0
"""Judges evidence by the catalogue: one exchange, a trail of them, or an incident in the running process.

Which rules can apply to an exchange is known from its method and status and from the names of its response's fields,
and compiled into one table for each declaration: most exchanges cost a look-up and one pass over the names.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from seeother.journey import UNDECLARED, Declaration, Finding, Incident, Trail
from seeother.message import Exchange, Fields

from .catalogue import CATALOGUE
from .rule import OnExchange, OnIncident, OnTrail, Rule

_DECLARATIONS = 1024  # dockets to keep for callers that keep none: more than any site has routes


class Suspect(NamedTuple):
    """One check of one rule that may have something to say."""

    order: int
    rule: Rule
    check: OnExchange


class _Suspects(NamedTuple):
    """The checks for one method and status: those for any fields, and those by the name of a field."""

    always: tuple[Suspect, ...]
    by_field: dict[bytes, tuple[Suspect, ...]]


class Docket:
    """The rules that can apply to the exchanges of one declaration."""

    __slots__ = ("_checks", "_table", "declaration")

    def __init__(self, declaration: Declaration = UNDECLARED, rules: Iterable[Rule] = CATALOGUE) -> None:
        """Choose the checks that apply where this was declared."""
        self.declaration = declaration
        self._checks = tuple(
            [
                Suspect(order, rule, check)
                for order, (rule, check) in enumerate([(rule, check) for rule in rules for check in rule.checks])
                if isinstance(check, OnExchange) and check.where(declaration)
            ]
        )
        self._table: dict[tuple[str, int], _Suspects] = {}

    def suspects(self, method: str, status: int, fields: Fields, *, with_content: bool) -> list[Suspect]:
        """The checks worth making, in the order of the rules' codes; mostly none."""
        suspects = self._table.get((method, status)) or self._compiled(method, status)
        found = list(suspects.always)
        if by_field := suspects.by_field:
            for name, _ in fields:
                if name in by_field:
                    found += by_field[name]
        if found and not with_content:
            found = [suspect for suspect in found if not suspect.check.needs_content]
        if len(found) > 1:
            found = sorted(set(found), key=_order)
        return found

    def judge(self, exchange: Exchange) -> list[Finding]:
        """What the rules find wrong with one exchange, in the order of their codes; a rule speaks once."""
        request, response = exchange.request, exchange.response
        has_content = exchange.content is not None
        return self.tried(
            self.suspects(request.method, response.status, response.fields, with_content=has_content), exchange
        )

    def tried(self, suspects: Iterable[Suspect], exchange: Exchange) -> list[Finding]:
        """What those checks find that `suspects` has named for the exchange."""
        findings: list[Finding] = []
        for _, rule, check in suspects:
            sighting = check.see(exchange, self.declaration)
            if sighting is not None and (not findings or findings[-1].rule != rule.code):
                findings.append(rule.finding(sighting, exchange.request, exchange.response.status))
        return findings

    def _compiled(self, method: str, status: int) -> _Suspects:
        """The checks for a method and a status; kept for those that rules know, for strangers can make up more."""
        always: list[Suspect] = []
        by_field: dict[bytes, tuple[Suspect, ...]] = {}
        known = False
        for suspect in self._checks:
            check = suspect.check
            if method in check.methods and status in check.statuses:
                known = True
                for name in check.fields:
                    by_field[name] = (*by_field.get(name, ()), suspect)
                if not check.fields:
                    always.append(suspect)
        suspects = _Suspects(tuple(always), by_field)
        if known:
            self._table[method, status] = suspects
        return suspects


def judge(evidence: Exchange | Trail | Incident, declaration: Declaration = UNDECLARED) -> list[Finding]:
    """What the rules find wrong with the evidence, in the order of their codes.

    A trail is judged as a whole: its single exchanges are judged one by one, by their own calls.
    """
    if isinstance(evidence, Exchange):
        return _docket(declaration).judge(evidence)
    if isinstance(evidence, Trail):
        return _judge_trail(evidence)
    return [
        rule.finding(sighting, evidence.request, evidence.status)
        for rule in CATALOGUE
        for check in rule.checks
        if isinstance(check, OnIncident) and evidence.kind in check.kinds
        if (sighting := check.see(evidence)) is not None
    ]


def _judge_trail(trail: Trail) -> list[Finding]:
    findings: list[Finding] = []
    for rule in CATALOGUE:
        for check in rule.checks:
            if isinstance(check, OnTrail):
                for sighting in check.see(trail):
                    exchange = trail.exchanges[(sighting.exchange or 1) - 1]
                    findings.append(rule.finding(sighting, exchange.request, exchange.response.status))
    return findings


def _order(suspect: Suspect) -> int:
    return suspect.order


@lru_cache(maxsize=_DECLARATIONS)
def _docket(declaration: Declaration) -> Docket:
    return Docket(declaration)
