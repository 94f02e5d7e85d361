# SPDX-License-Identifier: Apache-2.0
"""The catalogue is in order and in step with the files."""

import re
from http import HTTPStatus
from importlib.resources import files

from seeother.rules import CATALOGUE


def test_codes_and_names_are_unique_and_well_formed() -> None:
    """Three letters and three digits, kebab-case, ascending."""
    codes = [rule.code for rule in CATALOGUE]
    names = [rule.name for rule in CATALOGUE]

    assert codes == sorted(set(codes))
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[A-Z]{3}[0-9]{3}", code) for code in codes)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in names)


def test_a_rule_is_one_file_and_one_case_file() -> None:
    """File names follow from name and code, and no case file is left over."""
    room = files("seeother.rules")
    case_files = sorted(path.name for path in (room / "cases").iterdir())

    assert all((room / f"{rule.name.replace('-', '_')}.py").is_file() for rule in CATALOGUE)
    assert case_files == [f"{rule.code}.md" for rule in CATALOGUE]


def test_scopes_are_methods_and_statuses_that_exist() -> None:
    """A misspelt scope would make a rule silent."""
    known = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}

    for rule in CATALOGUE:
        assert rule.methods
        assert rule.methods <= known
        assert rule.statuses
        assert rule.statuses <= set(HTTPStatus)
