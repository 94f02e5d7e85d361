# SPDX-License-Identifier: Apache-2.0
"""Deadlines, and the field in which they travel."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.breaker import Deadline, current_deadline, deadline_of, read_timeout, to_timeout


def test_a_deadline_runs_out() -> None:
    """What is left shrinks to nothing and not below."""
    deadline = Deadline.after(2.0, 10.0)

    assert (deadline.left(10.0), deadline.left(11.5), deadline.left(13.0)) == (2.0, 0.5, 0.0)
    assert not deadline.is_over(11.9)
    assert deadline.is_over(12.0)


def test_a_call_gets_no_more_than_what_is_left() -> None:
    """Its own timeout, or the rest; or a part of the rest."""
    deadline = Deadline.after(2.0, 10.0)

    assert deadline.within(0.5, 10.0) == Deadline(10.5)
    assert deadline.within(5.0, 10.0) == deadline
    assert deadline.share(0.5, 11.0) == Deadline(11.5)
    assert deadline.share(0.5, 20.0).left(20.0) == 0.0


@pytest.mark.parametrize(
    ("value", "left"),
    [(b"750", 0.75), (b" 750\t", 0.75), (b"0", 0.0), (b"0750", 0.75), (b"600001", 600.0), (b"999999999", 600.0)],
)
def test_the_field_says_what_is_left(value: bytes, left: float) -> None:
    """Milliseconds, from the moment at which it was read; ten minutes at most."""
    deadline = read_timeout(value, 100.0)

    assert deadline is not None
    assert deadline.left(100.0) == pytest.approx(left)


@pytest.mark.parametrize("value", [b"", b" ", b"-1", b"1.5", b"1s", b"1e3", b"1, 2", b"9" * 10, "\u0661".encode()])
def test_what_is_no_number_is_not_read(value: bytes) -> None:
    """No deadline is better than a guessed one."""
    assert read_timeout(value, 100.0) is None


@given(st.binary(max_size=20))
def test_any_bytes_can_be_read(value: bytes) -> None:
    """Whatever somebody sends, nothing is raised."""
    deadline = read_timeout(value, 5.0)

    assert deadline is None or 0.0 <= deadline.left(5.0) <= 600.0


@given(st.floats(-10.0, 1000.0))
def test_the_next_service_never_has_more_time(seconds: float) -> None:
    """It is rounded down to a millisecond."""
    deadline = Deadline.after(seconds, 50.0)
    read = read_timeout(to_timeout(deadline, 50.0), 50.0)

    assert read is not None
    assert deadline.left(50.0) >= read.left(50.0) - 1e-9
    assert read.left(50.0) > min(deadline.left(50.0), 600.0) - 0.0011


def test_the_current_deadline_only_comes_nearer() -> None:
    """A part of the work cannot give itself more time than the whole has."""
    near, far = Deadline(1.0), Deadline(2.0)
    assert current_deadline() is None
    with deadline_of(far), deadline_of(near):
        assert current_deadline() == near
        with deadline_of(far), deadline_of(None):
            assert current_deadline() == near
    assert current_deadline() is None


async def test_a_task_inherits_the_deadline() -> None:
    """It follows the work, not the thread."""

    async def work() -> Deadline | None:
        return current_deadline()

    with deadline_of(Deadline(1.0)):
        task = asyncio.create_task(work())

    assert await task == Deadline(1.0)
    assert current_deadline() is None
