# SPDX-License-Identifier: Apache-2.0
"""Judges evidence by the catalogue: one exchange, a trail of them, or an incident in the running process.

Which rules can apply to an exchange is known from its method and status and from the names of its response's fields:
once chosen for a declaration they are remembered, so most exchanges cost one look-up.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from seeother.journey import UNDECLARED, Declaration, Finding, Incident, Trail
from seeother.message import Exchange, Fields, Lookup, lookup

from .catalogue import CATALOGUE
from .rule import OnExchange, OnIncident, OnTrail, Rule

_SHAPES = 256  # heads by method, status and field names to remember for a declaration: a route has a handful
_NAMES = 64  # field lines of a head that is remembered
_DECLARATIONS = 1024  # dockets to keep for callers that keep none: more than any site has routes


class Suspect(NamedTuple):
    """One check of one rule that may have something to say."""

    rule: Rule
    check: OnExchange


def may_speak(suspects: Iterable[Suspect], asked: Lookup) -> bool:
    """Whether one of those checks is worth making, as far as the request's fields can tell."""
    for _, check in suspects:  # noqa: SIM110 - asked for each answer, and a generator costs as much as the answer's rest
        if check.when is None or check.when(asked):
            return True
    return False


class Docket:
    """The rules that can apply to the exchanges of one declaration."""

    __slots__ = ("_checks", "_known", "declaration")

    def __init__(self, declaration: Declaration = UNDECLARED, rules: Iterable[Rule] = CATALOGUE) -> None:
        """Choose the checks that apply where this was declared."""
        self.declaration = declaration
        self._checks = tuple(
            [
                Suspect(rule, check)
                for rule in rules
                for check in rule.checks
                if isinstance(check, OnExchange) and check.where(declaration)
            ]
        )
        self._known: dict[tuple[str, int, bool, tuple[bytes, ...]], tuple[Suspect, ...]] = {}

    def suspects(self, method: str, status: int, fields: Fields, *, with_content: bool) -> tuple[Suspect, ...]:
        """The checks worth making, in the order of the rules' codes; mostly none."""
        # The answers of one place have the same field names nearly always, so what was chosen once is remembered.
        asked = (method, status, with_content, tuple([name for name, _ in fields]))
        known = self._known.get(asked)
        return self._chosen(asked) if known is None else known

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
        asked: Callable[[Exchange], bool] | None = None
        is_quiet = False
        for rule, check in suspects:
            when, unless = check.when, check.unless
            if when is not None and not when(lookup(exchange.request.fields)):
                continue
            if unless is not None:
                if unless is not asked:
                    asked, is_quiet = unless, unless(exchange)
                if is_quiet:
                    continue
            sighting = check.see(exchange, self.declaration)
            if sighting is not None and (not findings or findings[-1].rule != rule.code):
                findings.append(rule.finding(sighting, exchange.request, exchange.response.status))
        return findings

    def _chosen(self, asked: tuple[str, int, bool, tuple[bytes, ...]]) -> tuple[Suspect, ...]:
        """The checks whose scope fits; remembered unless an application makes names up."""
        method, status, with_content, names = asked
        given = frozenset(names)
        chosen = tuple(
            [
                suspect
                for suspect in self._checks
                if method in suspect.check.methods
                and status in suspect.check.statuses
                and (with_content or not suspect.check.needs_content)
                and (not suspect.check.fields or suspect.check.fields & given)
                and suspect.check.without.isdisjoint(given)
            ]
        )
        if len(names) <= _NAMES:
            if len(self._known) >= _SHAPES:
                self._known.clear()
            self._known[asked] = chosen
        return chosen


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


@lru_cache(maxsize=_DECLARATIONS)
def _docket(declaration: Declaration) -> Docket:
    return Docket(declaration)
