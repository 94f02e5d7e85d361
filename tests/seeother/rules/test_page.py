# SPDX-License-Identifier: Apache-2.0
"""A rule's page shows its metadata, its prose and its cases."""

import pytest

from seeother.rules import CATALOGUE, Rule, read_cases, to_markdown


@pytest.mark.parametrize("rule", CATALOGUE, ids=lambda rule: rule.code)
def test_page_shows_everything_once(rule: Rule) -> None:
    """Title, five heads in order, and every case as it was written."""
    page = to_markdown(rule)

    heads = [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")]
    assert page.startswith(f"# {rule.code} {rule.name}\n")
    assert heads == ["What it sees", "Why it hurts", "What to do", "Example", "Sources", *["Cases"][: len(rule.checks)]]
    cases = read_cases(rule) if rule.checks else []
    assert all(page.count(f"### {case.title}\n") == 1 for case in cases)
    assert page.count("```finding") == len(cases)
    assert rule.source in page
