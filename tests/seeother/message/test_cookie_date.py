# SPDX-License-Identifier: Apache-2.0
"""Dates of cookies: what browsers take."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import HttpDate, to_date
from seeother.message.cookie_date import read_cookie_date

EXAMPLE = HttpDate(784111777.0, is_weekday_right=True)


@pytest.mark.parametrize(
    "value",
    [
        b"Sun, 06 Nov 1994 08:49:37 GMT",
        b"Sun, 06-Nov-1994 08:49:37 GMT",
        b"Sunday, 06-Nov-94 08:49:37 GMT",
        b"Sun Nov  6 08:49:37 1994",
        b"6 november 1994 8:49:37",
        b"08:49:37 nov/6/94 gmt",
    ],
)
def test_many_forms_name_one_moment(value: bytes) -> None:
    """RFC 6265 section 5.1.1 looks at the pieces only."""
    assert read_cookie_date(value) == EXAMPLE


def test_wrong_weekday_is_flagged() -> None:
    """Browsers pass it over."""
    assert read_cookie_date(b"Mon, 06-Nov-1994 08:49:37 GMT") == HttpDate(EXAMPLE.timestamp, is_weekday_right=False)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"0",
        b"Sun, 06 Nov 1994",
        b"Sun, 06 Nov 08:49:37",
        b"Sun, 06 1994 08:49:37",
        b"Nov 1994 08:49:37",
        b"Sun, 31 Feb 1994 08:49:37",
        b"Sun, 06 Nov 1600 08:49:37",
        b"Sun, 06 Nov 1994 24:00:00",
        b"Sun, 06 Nov 19945 08:49:37",
        b"Sun, 06 Nov 1994 08:49:60",
        b"x" * 100_000,
    ],
)
def test_what_lacks_a_part_is_none(value: bytes) -> None:
    """As is what no calendar has."""
    assert read_cookie_date(value) is None


@pytest.mark.parametrize(("year", "same"), [(b"70", b"1970"), (b"99", b"1999"), (b"69", b"2069"), (b"00", b"2000")])
def test_years_of_two_digits(year: bytes, same: bytes) -> None:
    """The century turns at 70."""
    assert read_cookie_date(b"1 Jan " + year + b" 00:00:00") == read_cookie_date(b"1 Jan " + same + b" 00:00:00")


@given(seconds=st.integers(-11_644_473_600, 253_402_300_799))  # 1601 to 9999
def test_dates_of_the_standard_are_read(seconds: int) -> None:
    """Whatever the year."""
    assert read_cookie_date(to_date(seconds)) == HttpDate(seconds, is_weekday_right=True)


@given(value=st.binary(max_size=40) | st.text("0129:-, NovSunGMT", max_size=30).map(str.encode))
def test_any_bytes_are_read_or_refused(value: bytes) -> None:
    """And what is read can be written and read again."""
    read = read_cookie_date(value)

    if read is not None:
        again = read_cookie_date(to_date(read.timestamp))
        assert again is not None
        assert again.timestamp == read.timestamp
