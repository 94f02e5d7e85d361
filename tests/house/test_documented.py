# SPDX-License-Identifier: Apache-2.0
"""Every rule, setting, attribute and command has its place in docs/reference, and says there what the code says."""

from pathlib import Path

from tests.house.tree import ROOT, plant
from tools.generate import left_over, pages, stale


def test_the_reference_is_what_the_code_says() -> None:
    """`make generate` would change nothing."""
    assert stale(ROOT, pages()) == []
    assert left_over(ROOT, pages()) == []


def test_a_page_that_differs_is_seen(tmp_path: Path) -> None:
    """A page that is missing and one that was edited by hand are both told."""
    wanted = {
        Path("docs/reference/a.md"): "a\n",
        Path("docs/reference/b.md"): "b\n",
        Path("docs/reference/c.md"): "c\n",
    }
    plant(tmp_path, "docs/reference/a.md", "a\n")
    plant(tmp_path, "docs/reference/b.md", "by hand\n")

    assert stale(tmp_path, wanted) == [Path("docs/reference/b.md"), Path("docs/reference/c.md")]


def test_a_page_without_its_rule_is_seen(tmp_path: Path) -> None:
    """A page outlives its rule only until the next check."""
    plant(tmp_path, "docs/reference/rules/OLD001.md")
    plant(tmp_path, "docs/reference/rules/RED001.md")

    assert left_over(tmp_path, {Path("docs/reference/rules/RED001.md"): ""}) == [
        tmp_path / "docs/reference/rules/OLD001.md"
    ]
