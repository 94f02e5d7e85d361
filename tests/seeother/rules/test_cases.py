# SPDX-License-Identifier: Apache-2.0
"""Every rule keeps what its cases promise."""

import pytest

from seeother.rules import CATALOGUE, Case, Rule, judge, read_cases

JUDGED = [rule for rule in CATALOGUE if rule.checks]
CASES = [pytest.param(rule, case, id=f"{rule.code} {case.title}") for rule in JUDGED for case in read_cases(rule)]


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_case_gives_the_finding_it_promises(rule: Rule, case: Case) -> None:
    """The rule's findings on a case's evidence are those that the case file names."""
    found = [finding for finding in judge(case.evidence, case.declaration) if finding.rule == rule.code]

    told = [(each.severity, each.message, dict(each.evidence), each.exchange) for each in found]
    expected = case.expected
    assert told == (
        [] if expected is None else [(expected.severity, expected.message, dict(expected.evidence), expected.exchange)]
    )


@pytest.mark.parametrize("rule", JUDGED, ids=lambda rule: rule.code)
def test_rule_fires_and_stays_silent(rule: Rule) -> None:
    """Each rule has at least one hit and one near miss."""
    cases = read_cases(rule)

    assert any(case.expected is not None for case in cases)
    assert any(case.expected is None for case in cases)
