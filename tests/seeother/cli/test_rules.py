# SPDX-License-Identifier: Apache-2.0
"""`seeother rules` as a process."""

import json

import pytest

from seeother.rules import CATALOGUE, read_cases, to_markdown
from tests.seeother.cli.conftest import Run

RULE = next(rule for rule in CATALOGUE if rule.code == "RED001")


def test_lists_every_rule(run: Run) -> None:
    """One line a rule: code, severity, name and source."""
    process = run("rules")

    assert process.returncode == 0
    assert [line.split()[:3] for line in process.stdout.splitlines()] == [
        [rule.code, rule.severity, rule.name] for rule in CATALOGUE
    ]


def test_shows_the_page_of_a_rule(run: Run) -> None:
    """Prose and cases."""
    process = run("rules", "RED001")

    assert process.returncode == 0
    assert process.stdout == to_markdown(RULE)
    assert "## Why it hurts\n" in process.stdout
    assert "### A form is answered with 302\n" in process.stdout


@pytest.mark.parametrize("spelling", ["red001", "ambiguous-redirect-after-action"])
def test_finds_a_rule_by_any_spelling(run: Run, spelling: str) -> None:
    """Small letters and names do as well."""
    assert run("rules", spelling).stdout == run("rules", "RED001").stdout


def test_json_tells_the_same(run: Run) -> None:
    """One document for all rules, one for a single rule with prose and cases."""
    every, one = json.loads(run("rules", "--format", "json").stdout), run("rules", "RED001", "--format", "json")

    document = json.loads(one.stdout)
    assert [rule["code"] for rule in every["rules"]] == [rule.code for rule in CATALOGUE]
    assert next(each for each in every["rules"] if each["code"] == "RED001").items() <= document.items()
    assert list(document["prose"]) == ["What it sees", "Why it hurts", "What to do", "Example", "Sources"]
    assert [case["title"] for case in document["cases"]] == [case.title for case in read_cases(RULE)]
    assert document["cases"][0]["finding"]["severity"] == "warning"
    assert document["cases"][-1]["finding"] is None


@pytest.mark.parametrize("asked", ["RED999", "zzz", "", "303"])
def test_unknown_rule_names_the_nearest(run: Run, asked: str) -> None:
    """Exit code 2 and one line, with up to three codes that there are."""
    process = run("rules", asked)

    said, _, nearest = process.stderr.rstrip("\n").partition("; the nearest: ")
    assert process.returncode == 2
    assert process.stdout == ""
    assert said == f"seeother: rules: there is no rule {asked!r}"
    assert set(nearest.split(", ")) <= {rule.code for rule in CATALOGUE}


def test_a_probe_s_rule_has_a_page_without_cases(run: Run) -> None:
    """Its judge comes with the live audit; what it sees and what to do is known."""
    process = run("rules", "IDM002", "--format", "json")

    assert json.loads(process.stdout)["cases"] == []
