# SPDX-License-Identifier: Apache-2.0
"""When to come back: read in both forms, written as seconds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import HttpDate, RetryAfter, read_date, read_retry_after, to_retry_after

NOW = 784111777.0  # Sun, 06 Nov 1994 08:49:37 GMT


@pytest.mark.parametrize(
    ("value", "seconds"), [(b"0", 0), (b"120", 120), (b" 7\t", 7), (b"007", 7), (b"9" * 100_000, 10**12 - 1)]
)
def test_seconds_are_read(value: bytes, seconds: int) -> None:
    """However many digits there are, the number stays one that can be added to a date."""
    read = read_retry_after(value)

    assert read is not None
    assert read == RetryAfter(seconds, None)
    assert read.delay(NOW) == float(seconds)


@pytest.mark.parametrize(
    ("value", "delay", "right"),
    [
        (b"Sun, 06 Nov 1994 08:50:37 GMT", 60.0, True),
        (b"Sunday, 06-Nov-94 08:50:37 GMT", 60.0, True),
        (b"Mon, 06 Nov 1994 08:50:37 GMT", 60.0, False),
        (b"Sun, 06 Nov 1994 08:48:37 GMT", 0.0, True),
    ],
)
def test_dates_are_read(value: bytes, delay: float, *, right: bool) -> None:
    """A moment that is past asks for no waiting; a wrong weekday is kept in mind."""
    read = read_retry_after(value)

    assert read is not None
    assert read == RetryAfter(None, read_date(value))
    assert read.date is not None
    assert read.date.is_weekday_right is right
    assert read.delay(NOW) == delay


@pytest.mark.parametrize(
    "value", [b"", b"soon", b"-1", b"+1", b"1.5", b"1e3", b"120 s", b"7, 8", "٣".encode(), b"\x00"]
)
def test_nonsense_is_none(value: bytes) -> None:
    """Neither seconds nor a date."""
    assert read_retry_after(value) is None


@pytest.mark.parametrize(
    ("seconds", "value"),
    [(0.0, b"1"), (-5.0, b"1"), (1.0, b"1"), (1.01, b"2"), (30, b"30"), (math.nan, b"1"), (math.inf, b"999999999999")],
)
def test_seconds_are_written_rounded_up(seconds: float, value: bytes) -> None:
    """Never 0, which would ask for a storm."""
    assert to_retry_after(seconds) == value


@given(seconds=st.integers(1, 10**12 - 1))
def test_what_is_written_reads_back(seconds: int) -> None:
    """As seconds, not as a date."""
    assert read_retry_after(to_retry_after(seconds)) == RetryAfter(seconds, None)


@given(seconds=st.floats())
def test_any_number_can_be_written(seconds: float) -> None:
    """And is then at least 1."""
    read = read_retry_after(to_retry_after(seconds))

    assert read is not None
    assert read.delay(NOW) >= 1


@given(value=st.binary(max_size=40) | st.text("0123456789 .-+", max_size=20).map(str.encode), now=st.floats(0, 1e12))
def test_any_bytes_are_read_or_refused(value: bytes, now: float) -> None:
    """And the wait is never negative."""
    read = read_retry_after(value)

    assert read is None or read.delay(now) >= 0


def test_neither_asks_for_no_waiting() -> None:
    """Only whoever makes one by hand meets it."""
    assert RetryAfter(None, None).delay(NOW) == 0
    assert RetryAfter(None, HttpDate(NOW + 2, is_weekday_right=True)).delay(NOW) == 2
