# SPDX-License-Identifier: Apache-2.0
"""The period that bounds every question: `from` and `to`, by default the last 24 hours.

Rows are counted by the minute, so periods consist of whole ones: `from` is rounded down and `to` up. Answers say which.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import HTTPException, Query
from pydantic import AwareDatetime

from seeother.watch.questions import Slot, slots

DEFAULT_LENGTH = timedelta(hours=24)
LONGEST_BY_MINUTE = timedelta(days=400)  # of a period whose every minute a question looks at
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)  # as rows are stored
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MINUTE = timedelta(minutes=1)

Since = Annotated[
    AwareDatetime | None,
    Query(
        alias="from",
        description="Start of the period, RFC 3339, rounded down to the minute; default: 24 hours before `to`.",
    ),
]
Until = Annotated[
    AwareDatetime | None,
    Query(
        alias="to", description="End of the period, outside of it, RFC 3339, rounded up to the minute; default: now."
    ),
]


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` until just before `until`."""

    since: datetime
    until: datetime

    @property
    def parameters(self) -> dict[str, int]:
        """As questions take it."""
        return {"since": to_microseconds(self.since), "until": to_microseconds(self.until)}

    @property
    def slots(self) -> list[Slot]:
        """As questions that read counts take it."""
        return slots(to_microseconds(self.since), to_microseconds(self.until))


def read_period(since: datetime | None, until: datetime | None, now: datetime) -> Period:
    """The period that was asked for; refuses what cannot be one."""
    until = until or now
    given = (until, since or until)
    if not all(_EARLIEST <= moment <= _LATEST for moment in given):
        raise HTTPException(422, "`from` and `to` lie between the years 2000 and 2100")
    since = since or until - DEFAULT_LENGTH
    if since >= until:
        raise HTTPException(422, "`from` lies before `to`")
    return Period(_EPOCH + (since - _EPOCH) // _MINUTE * _MINUTE, _EPOCH - (_EPOCH - until) // _MINUTE * _MINUTE)


def by_minute(period: Period) -> Period:
    """The period for a question that looks at each of its minutes; refuses one that is too long for that."""
    if period.until - period.since > LONGEST_BY_MINUTE:
        raise HTTPException(422, f"this is asked for at most {LONGEST_BY_MINUTE.days} days")
    return period


def exact_bounds(since: datetime | None, until: datetime | None) -> dict[str, int]:
    """Bounds as they were given, by default all that is stored, for questions about rows that are not counted."""
    since, until = since or _EARLIEST, until or _LATEST
    if not _EARLIEST <= since < until <= _LATEST:
        raise HTTPException(422, "`from` lies before `to`, and both between the years 2000 and 2100")
    return Period(since, until).parameters


def to_microseconds(time: datetime) -> int:
    """Microseconds since the epoch, exactly."""
    return (time - _EPOCH) // _MICROSECOND


def from_microseconds(time_us: int) -> datetime:
    """The moment `time_us` microseconds after the epoch."""
    return _EPOCH + timedelta(microseconds=time_us)
