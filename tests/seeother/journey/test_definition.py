# SPDX-License-Identifier: Apache-2.0
"""A journey knows where it may begin and where it succeeds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.journey import Journey, Step
from seeother.message import Pattern


def journey(*optional: bool) -> Journey:
    """A journey whose steps are optional or not, as given."""
    pattern = Pattern.parse("GET /")
    return Journey("checkout", tuple(Step(str(i), (pattern,), optional=leave) for i, leave in enumerate(optional)))


@pytest.mark.parametrize(
    ("optional", "entries"),
    [
        ((False,), "0"),
        ((False, False), "0"),
        ((True, False, False), "01"),
        ((True, True, False, True), "012"),
        ((False, True, False), "0"),
        ((True, True), "01"),
    ],
)
def test_entries_end_with_the_first_step_that_is_not_optional(optional: tuple[bool, ...], entries: str) -> None:
    """A person may leave out optional steps at the beginning, and nothing else."""
    assert "".join(step.name for step in journey(*optional).entries) == entries


@given(optional=st.lists(st.booleans(), min_size=1, max_size=6))
def test_entries_are_the_beginning_of_the_steps(optional: list[bool]) -> None:
    """There is always an entry, and the first step is one."""
    made = journey(*optional)

    assert made.entries == made.steps[: len(made.entries)]
    assert made.entries
    assert all(step.optional for step in made.entries[:-1])


@given(optional=st.lists(st.booleans(), min_size=1, max_size=6))
def test_goal_is_the_last_step(optional: list[bool]) -> None:
    """Whoever reached the last configured step has succeeded."""
    made = journey(*optional)

    assert made.goal is made.steps[-1]
