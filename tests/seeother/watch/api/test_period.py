# SPDX-License-Identifier: Apache-2.0
"""Every question is bounded by a period, and what is none is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.watch.api.period import from_microseconds, to_microseconds

from .conftest import Caller

PATHS = ("/api/journeys", "/api/journeys/checkout/matrix", "/api/findings", "/api/broken")
REFUSED = (
    ({"from": "2027-01-01"}, "timezone"),
    ({"from": "2027-01-01T00:00:00"}, "timezone"),
    ({"to": "yesterday"}, "datetime"),
    ({"from": ""}, "datetime"),
    ({"from": "2027-01-02T00:00:00Z", "to": "2027-01-01T00:00:00Z"}, "before"),
    ({"from": "2027-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z"}, "before"),
    ({"from": "1999-12-31T23:59:59Z"}, "2000"),
    ({"to": "9999-12-31T23:59:59Z"}, "2100"),
    ({"to": "0001-01-01T00:00:00Z"}, "2000"),
)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)))  # noqa: DTZ001 - made aware below
def test_microseconds_are_exact(moment: datetime) -> None:
    """There and back."""
    aware = moment.replace(tzinfo=UTC)

    assert from_microseconds(to_microseconds(aware)) == aware


async def test_a_period_may_be_given_in_any_zone(caller: Caller) -> None:
    """The answer says it in UTC and in whole minutes; without `from` it is a day."""
    both = await caller.json("/api/journeys", **{"from": "2027-01-01T01:00:00+01:00", "to": "2027-01-02T00:00:00Z"})
    only_to = await caller.json("/api/journeys", to="2027-01-02T00:00:00.5Z")

    assert (both["from"], both["to"]) == ("2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z")
    assert (only_to["from"], only_to["to"]) == ("2027-01-01T00:00:00Z", "2027-01-02T00:01:00Z")


@pytest.mark.parametrize("path", PATHS)
async def test_what_is_no_period_is_refused(caller: Caller, path: str) -> None:
    """422, a problem that says why."""
    for query, complaint in REFUSED:
        answer = await caller.get(path, **query)

        assert answer.status_code == 422, query
        assert answer.headers["content-type"] == "application/problem+json"
        assert complaint in answer.json()["detail"]


async def test_the_default_period_ends_now(caller: Caller) -> None:
    """It moves with the clock."""
    caller.clock.advance(timedelta(days=1).total_seconds())

    answer = await caller.json("/api/journeys")

    assert answer["to"] == "2027-01-16T08:01:00Z"
