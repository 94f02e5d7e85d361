# SPDX-License-Identifier: Apache-2.0
"""Dates: three forms are read, one is written, and a wrong weekday is seen."""

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import HttpDate, read_date, to_date

EXAMPLE = 784111777.0  # RFC 9110 section 5.6.7: Sun, 06 Nov 1994 08:49:37 GMT
YEARS = st.integers(-62_135_596_800, 253_402_300_799)  # 1 to 9999


@pytest.mark.parametrize(
    "value",
    [
        b"Sun, 06 Nov 1994 08:49:37 GMT",
        b"Sunday, 06-Nov-94 08:49:37 GMT",
        b"Sun Nov  6 08:49:37 1994",
        b" Sun, 06 Nov 1994 08:49:37 GMT\t",
    ],
)
def test_the_three_forms_of_the_standard_name_one_moment(value: bytes) -> None:
    """RFC 9110 has them in this order."""
    assert read_date(value) == HttpDate(EXAMPLE, is_weekday_right=True)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (b"Tue, 15 Nov 2023 00:00:00 GMT", b"Wed, 15 Nov 2023 00:00:00 GMT"),  # the article's
        (b"Monday, 06-Nov-94 08:49:37 GMT", b"Sunday, 06-Nov-94 08:49:37 GMT"),
        (b"Thu Feb 29 00:00:00 2028", b"Tue Feb 29 00:00:00 2028"),
    ],
)
def test_wrong_weekday_is_flagged_and_the_date_counts(wrong: bytes, right: bytes) -> None:
    """A recipient goes by the date; whoever judges says what is wrong."""
    read, expected = read_date(wrong), read_date(right)

    assert read is not None
    assert expected is not None
    assert read == HttpDate(expected.timestamp, is_weekday_right=False)
    assert expected.is_weekday_right


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"0",
        b"-1",
        b"Sun, 31 Feb 1994 08:49:37 GMT",
        b"Sun, 00 Nov 1994 08:49:37 GMT",
        b"Sun, 06 Nov 0000 08:49:37 GMT",
        b"Sun, 06 Nov 1994 24:00:00 GMT",
        b"Sun, 06 Nov 1994 08:60:00 GMT",
        b"Sun, 06 Nov 1994 08:49:61 GMT",
        b"Wed, 29 Feb 2023 00:00:00 GMT",
        b"Sun, 6 Nov 1994 08:49:37 GMT",
        b"Sun, 06 Nov 1994 08:49:37 +0000",
        b"Sun, 06 Nov 1994 08:49:37 UTC",
        b"Sun, 06 Nov 1994 08:49:37",
        b"sun, 06 nov 1994 08:49:37 gmt",
        b"Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
        b"1994-11-06T08:49:37Z",
        b"Sun, 06 Nov 1994 08:49:37 GMT" + b"0" * 100_000,
        "Sun, ٠٦ Nov 1994 08:49:37 GMT".encode(),
    ],
)
def test_what_no_calendar_has_is_no_date(value: bytes) -> None:
    """Nor is another way to write one."""
    assert read_date(value) is None


@pytest.mark.parametrize(("year", "expected"), [(b"69", 1969), (b"99", 1999), (b"00", 2000), (b"68", 2068)])
def test_years_of_two_digits_are_read_as_posix_does(year: bytes, expected: int) -> None:
    """RFC 850's form is obsolete, and nothing here knows what day it is."""
    read = read_date(b"Sunday, 06-Nov-" + year + b" 00:00:00 GMT")

    assert read is not None
    assert datetime.fromtimestamp(read.timestamp, UTC).year == expected


def test_leap_second_is_read() -> None:
    """RFC 9110's grammar has a second 60."""
    leap, following = read_date(b"Sat, 31 Dec 2016 23:59:60 GMT"), read_date(b"Sun, 01 Jan 2017 00:00:00 GMT")

    assert leap is not None
    assert following is not None
    assert leap == HttpDate(following.timestamp, is_weekday_right=True)


@given(seconds=YEARS)
def test_what_is_written_reads_back(seconds: int) -> None:
    """To the second, with its own weekday, in every year of four digits."""
    assert read_date(to_date(seconds)) == HttpDate(seconds, is_weekday_right=True)


@given(moment=st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001 - the strategy adds the zone
def test_dates_are_those_of_the_mail_library(moment: datetime) -> None:
    """Another implementation writes the same and reads the same."""
    whole = moment.replace(microsecond=0)
    value = format_datetime(whole, usegmt=True).encode()
    read = read_date(value)

    assert to_date(whole.timestamp()) == value
    assert read is not None
    assert read.timestamp == parsedate_to_datetime(value.decode()).timestamp()


@given(seconds=st.floats())
def test_any_number_can_be_written(seconds: float) -> None:
    """Also infinite ones, and none at all."""
    assert read_date(to_date(seconds)) is not None


PARTS = st.sampled_from(
    [b"Sun", b"Sunday", b", ", b" ", b"06", b" 6", b"-", b"Nov", b"94", b"1994", b"08:49:37", b"GMT"]
)


@given(value=st.binary(max_size=40) | st.lists(PARTS, max_size=12).map(b"".join))
def test_any_bytes_are_read_or_refused(value: bytes) -> None:
    """And what is read can be written again."""
    read = read_date(value)

    assert read is None or read_date(to_date(read.timestamp)) == HttpDate(read.timestamp, is_weekday_right=True)
