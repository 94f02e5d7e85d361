# SPDX-License-Identifier: Apache-2.0
"""The page about modes and repairs lists every repair, and under the right head."""

import re

from seeother.policy import REPAIRS
from seeother.rules import CATALOGUE, Repair
from tests.docs.page import HOW_TO

CODE = re.compile(r"\b[A-Z]{3}\d{3}\b")
HEADS = ("By default, until `leave` names it:", "When `repair` names it:", "By what is declared, and without it never:")


def listed(head: str, text: str) -> set[str]:
    """The rules in the first column of the table under a line."""
    table = text.partition(head)[2].partition("|\n\n")[0]
    return {code for row in table.split("\n") if row.startswith("| ") for code in CODE.findall(row.split("|")[1])}


def test_each_repair_stands_under_its_head() -> None:
    """What is done by default, what on demand, and what only where something is declared."""
    text = (HOW_TO / "modes-and-repairs.md").read_text(encoding="utf-8")
    by_default, on_demand, declared = [listed(head, text) for head in HEADS]
    kinds = {rule.code: rule.repair for rule in CATALOGUE}

    assert by_default == {code for code in REPAIRS if kinds[code] is Repair.DEFAULT}
    assert on_demand == {code for code in REPAIRS if kinds[code] is Repair.OPT_IN}
    assert declared == {code for code, kind in kinds.items() if kind is not Repair.NONE} - set(REPAIRS)


def test_a_rule_under_no_head_is_seen() -> None:
    """Only the first column counts: the second may speak of other rules."""
    assert listed("Head:", "Head:\n\n| rule | a |\n| --- | --- |\n| [RED001](x) | see RED002 |\n\nRED003\n") == {
        "RED001"
    }
