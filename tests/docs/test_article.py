# SPDX-License-Identifier: Apache-2.0
"""The page about the article names tests and rules that exist, and no chapter that is answered now is without them."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from seeother.rules import CATALOGUE
from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "explain" / "article.md"
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
CODE = re.compile(r"\b[A-Z]{3}\d{3}\b")
ANSWERED = ("1", "2.1", "2.2", "2.3", "2.4", "2.5", "3.1", "4.1", "4.2", "4.4")  # the others in part, and later
COLUMNS = 5


class Row(NamedTuple):
    """One claim or sample."""

    section: str
    says: str
    right: str
    tests: str
    rules: str

    @property
    def chapter(self) -> str:
        """The section without what kind of thing it is about."""
        return self.section.partition(",")[0]


def rows(text: str) -> list[Row]:
    """The rows of all tables."""
    cells = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in text.split("\n") if line[:1] == "|"
    ]
    return [Row(*each) for each in cells if len(each) == COLUMNS and each[0] not in {"section", "---"}]


@cache
def functions_in(path: Path) -> frozenset[str]:
    """The names of the test functions in a file."""
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return frozenset([node.name for node in functions if node.name.startswith("test_")])


def missing(text: str, root: Path) -> list[str]:
    """Each test that is named and is not there."""
    return [f"{path}::{name}" for path, name in TEST.findall(text) if name not in functions_in(root / path)]


def test_every_named_test_exists() -> None:
    """A test that was renamed takes its row along."""
    assert missing(PAGE.read_text(encoding="utf-8"), ROOT) == []


def test_every_named_rule_exists() -> None:
    """A rule that was dropped is no answer."""
    named = {code for row in rows(PAGE.read_text(encoding="utf-8")) for code in CODE.findall(row.rules)}

    assert named
    assert named <= {rule.code for rule in CATALOGUE}


def test_every_row_that_is_answered_now_has_a_test() -> None:
    """Chapters 1, 2, 3.1, 4.1, 4.2 and 4.4: no claim and no sample without one."""
    found = rows(PAGE.read_text(encoding="utf-8"))

    assert {row.chapter for row in found} >= set(ANSWERED)
    assert [row for row in found if row.chapter in ANSWERED and not TEST.search(row.tests)] == []


def test_every_test_about_the_article_is_named() -> None:
    """What is tried stands on the page, so that a reader finds it."""
    text = PAGE.read_text(encoding="utf-8")
    named = {name for path, name in TEST.findall(text) if path.startswith("tests/article/")}
    written = {name for path in (ROOT / "tests" / "article").glob("test_*.py") for name in functions_in(path)}

    assert written - named == set()


def test_a_test_that_is_gone_is_seen(tmp_path: Path) -> None:
    """By its file or by its name."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text("def test_there() -> None: ...\n")

    text = (
        "| 1 | a | b | `tests/test_a.py::test_there` `tests/test_a.py::test_gone` `tests/test_b.py::test_it` | RED001 |"
    )

    assert missing(text, tmp_path) == ["tests/test_a.py::test_gone", "tests/test_b.py::test_it"]
    assert rows(text)[0].chapter == "1"
