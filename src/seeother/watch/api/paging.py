# SPDX-License-Identifier: Apache-2.0
"""Long lists, page by page: each page says where the next begins, so rows that come in meanwhile shift nothing.

Rows may be alike in all by which a list is ordered: one rule found twice on one exchange, exchanges of one microsecond
without a span. So a place says also how many of those like its row were told.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import HTTPException, Query

from seeother.watch.questions import Asker, Question, Row

ROWS = 1000  # at most in one answer
_LATER = 4_102_444_800_000_000  # microseconds since the epoch: the year 2100
_HOUR = 3_600_000_000  # microseconds
_LENGTH = 16 + 1 + 5 + 1 + 1024  # characters: a time, how many, and the longest id that a timeline is shown of

Limit = Annotated[int, Query(ge=1, le=ROWS, description="Rows at most.")]
After = Annotated[
    str | None,
    Query(
        max_length=_LENGTH,
        pattern=r"^[0-9]{1,16}\.[0-9]{1,5}\.",
        description="Where to go on: `next` of the page before.",
    ),
]


@dataclass(frozen=True, slots=True)
class Page:
    """So many rows, from a place on: behind `told` rows of that time and name."""

    limit: int
    time_us: int = _LATER
    told: int = 0
    name: str = ""

    @property
    def parameters(self) -> dict[str, Any]:
        """As questions take it; one row more is asked for, to know whether there is another page."""
        return {"before_us": self.time_us, "before_id": self.name, "count": self.told + self.limit + 1}

    def turn(self, rows: list[Row], *names: str, time: str = "time_us") -> str | None:
        """Leave only this page's of the answer's rows; the place of the page after it, and none after the last."""
        places = [(row[time], "".join([row[name] for name in names])) for row in rows]
        # No more than are there: whoever was told may be repaired by now.
        start = places[: self.told].count((self.time_us, self.name))
        end = start + self.limit
        del rows[end:], rows[:start]
        if len(places) <= end:
            return None
        time_us, name = last = places[end - 1]
        return f"{time_us}.{places[:end].count(last)}.{name}"


def read_page(limit: int, after: str | None) -> Page:
    """The page that was asked for; refuses a place that is none."""
    if after is None:
        return Page(limit)
    time_us, told, name = after.split(".", 2)
    if int(time_us) > _LATER:
        raise HTTPException(422, "`after` is the `next` of an answer")
    return Page(limit, int(time_us), int(told), name)


async def newest(asker: Asker, question: Question, **parameters: Any) -> list[Row]:  # noqa: ANN401 - a question's
    """The newest rows of a period, asked for its last hour first, then its last day: most pages are full by then.

    For questions whose rows depend on nothing that was before them.
    """
    end = min(parameters["until"], parameters["before_us"] + 1)
    for length in (_HOUR, 24 * _HOUR):
        if end - length > parameters["since"]:
            rows = await asker.ask(question, **parameters | {"since": end - length})
            if len(rows) >= parameters["count"]:
                return rows
    return await asker.ask(question, **parameters)
