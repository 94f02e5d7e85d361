# SPDX-License-Identifier: Apache-2.0
"""The kinds of problem that the guard states."""

from string import Formatter

import pytest

from seeother.policy.problem import problems
from seeother.policy.problem.problems import STAND_INS, Problem

PROBLEMS = [value for value in vars(problems).values() if isinstance(value, Problem)]


def placeholders(text: str) -> set[str]:
    """What the answer has to fill in."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_problems_have_names_of_their_own() -> None:
    """A client tells them apart by type."""
    assert len({kind.slug for kind in PROBLEMS}) == len(PROBLEMS) > 5
    assert all(400 <= kind.status < 600 for kind in PROBLEMS)
    assert {kind.uri for kind in PROBLEMS} == {f"urn:seeother:problem:{kind.slug}" for kind in PROBLEMS}


@pytest.mark.parametrize("kind", PROBLEMS, ids=[kind.slug for kind in PROBLEMS])
def test_problem_is_said_in_both_languages(kind: Problem) -> None:
    """The Chinese text is Chinese, and asks for nothing that the English one does not."""
    assert all(any("一" <= character <= "鿿" for character in text) for text in (kind.title_zh, kind.detail_zh))
    assert kind.title.isascii()
    assert placeholders(kind.detail_zh) <= placeholders(kind.detail)
    assert not placeholders(kind.title + kind.title_zh)


def test_stand_ins_need_no_filling() -> None:
    """They are rendered once, before there is a request."""
    assert not any(placeholders(kind.detail) for kind in STAND_INS)
