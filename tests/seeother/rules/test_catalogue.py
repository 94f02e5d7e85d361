# SPDX-License-Identifier: Apache-2.0
"""The catalogue is in order and in step with the files."""

import re
from importlib.resources import files

import pytest

from seeother.rules import CATALOGUE, OnExchange, OnIncident, OnTrail, Rule, Visibility
from seeother.rules.rule import METHODS, STATUSES

FAMILIES = {
    "CAC": "cache", "ERR": "error", "FBK": "fallback", "FRM": "form", "GRD": "guard", "IDM": "idempotency",
    "JNY": "journey", "PRX": "proxy", "RED": "redirect", "RTY": "retry", "SEC": "security",
}  # fmt: skip
KINDS = {OnExchange: Visibility.EXCHANGE, OnTrail: Visibility.SEQUENCE, OnIncident: Visibility.IN_PROCESS}


def test_codes_and_names_are_unique_and_well_formed() -> None:
    """Three letters and three digits, kebab-case, ascending."""
    codes = [rule.code for rule in CATALOGUE]
    names = [rule.name for rule in CATALOGUE]

    assert codes == sorted(set(codes))
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[A-Z]{3}[0-9]{3}", code) for code in codes)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in names)


def test_a_rule_is_one_file_and_one_case_file() -> None:
    """File names follow from name and code, and no case file is left over; a probe's rule has no cases yet."""
    room = files("seeother.rules")
    case_files = sorted(path.name for path in (room / "cases").iterdir())

    assert all((room / FAMILIES[rule.code[:3]] / f"{rule.name.replace('-', '_')}.py").is_file() for rule in CATALOGUE)
    assert case_files == [f"{rule.code}.md" for rule in CATALOGUE if rule.checks]


def test_scopes_are_methods_and_statuses_that_exist() -> None:
    """A misspelt scope would make a rule silent."""
    scopes = [check for rule in CATALOGUE for check in rule.checks if isinstance(check, OnExchange)]

    assert scopes
    for check in scopes:
        assert check.methods
        assert check.methods <= METHODS
        assert check.statuses
        assert check.statuses <= STATUSES
        assert all(name == name.lower() for name in check.fields)


@pytest.mark.parametrize("rule", CATALOGUE, ids=lambda rule: rule.code)
def test_a_rule_is_seen_where_it_says(rule: Rule) -> None:
    """Metadata and checks agree; what only a probe can show has no check here."""
    checked = {KINDS[type(check)] for check in rule.checks}

    assert checked == set(rule.visibility) - {Visibility.PROBE}
