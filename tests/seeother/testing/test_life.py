# SPDX-License-Identifier: Apache-2.0
"""A child lives apart: what it tells has left it, and however it ends, its parent learns how."""

import os
import signal

import pytest

from seeother.testing import Life, Tell, killing

LONG = b"x" * (1 << 20)  # bytes, more than a pipe holds


class Bed:
    """Something to fall asleep on."""

    def lie(self) -> None:
        """Do nothing."""


def wait(tell: Tell) -> None:
    """Tell, and never end."""
    tell(b"begun")
    while True:
        signal.pause()


def test_what_a_child_tells_is_heard_when_it_ends() -> None:
    """However long it is."""
    death = Life.of(lambda tell: tell(LONG)).end()

    assert (death.code, death.told == LONG, death.is_killed) == (0, True, False)


def test_a_killed_child_has_told_what_it_told() -> None:
    """The parent kills it when it likes."""
    life = Life.of(wait)
    life.kill()
    death = life.end()

    assert death.is_killed
    assert death.told in {b"", b"begun"}


def test_a_child_that_raises_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    """And goes on with nothing of its parent's."""

    def fail(_: Tell) -> None:
        raise LookupError("nothing there")

    assert Life.of(fail).end().code == 70
    assert "LookupError: nothing there" in capfd.readouterr().err


def test_a_child_falls_asleep_and_goes_on() -> None:
    """It does not know that it slept."""

    def sleep(tell: Tell) -> None:
        with killing("before lie", Bed, by=signal.SIGSTOP):
            tell(b"tired ")
            Bed().lie()
        tell(b"awake")

    life = Life.of(sleep)
    slept = life.asleep(30)
    life.resume()

    assert slept
    assert life.end() == (0, b"tired awake")


def test_who_does_not_fall_asleep_is_not_waited_for() -> None:
    """Nor is one that has ended, and how it ended is not lost by asking."""
    life = Life.of(wait)
    ended = Life.of(lambda tell: tell(b"short"))

    assert not life.asleep(0.05)
    assert not life.is_over
    life.kill()
    assert not ended.asleep(30)
    assert ended.is_over
    assert ended.end() == (0, b"short")
    assert life.end().is_killed


def test_a_child_that_hangs_is_killed() -> None:
    """So that no test leaves one behind."""
    life = Life.of(wait)

    with pytest.raises(TimeoutError, match="was not over"):
        life.end(0.05)
    with pytest.raises(ProcessLookupError):
        os.kill(life.pid, 0)
