# SPDX-License-Identifier: Apache-2.0
"""A rule's docstring is a page with fixed heads."""

import pytest

from seeother.errors import CallerError
from seeother.rules import CATALOGUE, Prose, Rule

HEADS = ["What it sees", "Why it hurts", "What to do", "Example", "Sources"]
GOOD = "A fault.\n" + "".join(f"\n## {head}\n\nSaid.\n" for head in HEADS)


def test_reads_statement_and_sections() -> None:
    """The first sentence and the five sections come out, in order."""
    prose = Prose.parse(GOOD)

    assert prose.statement == "A fault."
    assert prose.sections == dict.fromkeys(HEADS, "Said.")
    assert list(prose.sections) == HEADS


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD.removeprefix("A fault."),
        GOOD.replace("## Example\n\nSaid.\n\n", ""),
        GOOD.replace("Example", "Examples"),
        GOOD.replace("## Example\n\nSaid.", "## Example\n"),
        GOOD + "\n## Sources\n\nAgain.\n",
    ],
    ids=["empty", "no statement", "missing", "unknown", "empty section", "twice"],
)
def test_refuses_other_heads(text: str) -> None:
    """A page that lacks, repeats or invents a head is refused."""
    with pytest.raises(CallerError, match="a rule's prose"):
        Prose.parse(text)


@pytest.mark.parametrize("rule", CATALOGUE, ids=lambda rule: rule.code)
def test_each_rule_has_a_page(rule: Rule) -> None:
    """The docstring of every rule can be read."""
    assert rule.prose.statement.endswith(".")
