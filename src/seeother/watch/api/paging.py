# SPDX-License-Identifier: Apache-2.0
"""Long lists, page by page: each page says where the next begins, so rows that come in meanwhile shift nothing."""

from typing import Annotated, Any

from fastapi import HTTPException, Query

from seeother.watch.questions import Asker, Question, Row

ROWS = 1000  # at most in one answer
_LATER = 4_102_444_800_000_000  # microseconds since the epoch: the year 2100
_HOUR = 3_600_000_000  # microseconds
_LENGTH = 17 + 1024  # characters: a time, and the longest id that a timeline is shown of

Limit = Annotated[int, Query(ge=1, le=ROWS, description="Rows at most.")]
After = Annotated[
    str | None,
    Query(max_length=_LENGTH, pattern=r"^[0-9]{1,16}\.", description="Where to go on: `next` of the page before."),
]


def page_parameters(limit: int, after: str | None) -> dict[str, Any]:
    """As questions take it; one row more is asked for, to know whether there is another page."""
    time_us, _, name = (after or f"{_LATER}.").partition(".")
    if int(time_us) > _LATER:
        raise HTTPException(422, "`after` is the `next` of an answer")
    return {"before_us": int(time_us), "before_id": name, "count": limit + 1}


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


def next_page(rows: list[Row], limit: int, *names: str, time: str = "time_us") -> str | None:
    """Where the page after these rows begins, and none after the last; cuts `rows` to the limit."""
    if len(rows) <= limit:
        return None
    del rows[limit:]
    return f"{rows[-1][time]}.{''.join([rows[-1][name] for name in names])}"
