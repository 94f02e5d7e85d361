# SPDX-License-Identifier: Apache-2.0
"""Pages put together are the list, and its newest rows are the same wherever one begins to ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.watch.api.paging import newest, read_page
from seeother.watch.questions import BROKEN, EXCHANGES, Asker, Question
from seeother.watch.warehouse import Store
from tests.seeother.watch.otlp import SPAN_ID, logs, record
from tests.seeother.watch.questions.asked import IDS, SECOND, T0, Asked, Exchange, put

from .conftest import Caller
from .test_attempts import EXCHANGE
from .test_findings import FINDING

HOUR = 3600 * SECOND
AGES = (0, 0, 1, 59, 61, 90, 1439, 1441, 4000)  # minutes before the end of the period
LISTED = ("before_us", "before_id", "count")
CELL = {"step": "pay", "method": "", "route": "", "status": -1, "failed": True}


@pytest.mark.parametrize("question", [BROKEN, EXCHANGES], ids=lambda question: question.name)
@pytest.mark.parametrize("count", [1, 2, 4, 6, 8, 20])
@pytest.mark.parametrize("before", [4_000_000_000 * SECOND, T0 - 60 * 60 * SECOND], ids=["first page", "a later page"])
async def test_the_end_of_a_period_is_enough_for_a_page(
    store: Store, asker: Asker, question: Question, count: int, before: int
) -> None:
    """And when it is not, the rest is asked for; rows of one moment, an hour and a day ago included."""
    failed = [
        Exchange(T0 - age * 60 * SECOND, IDS[0], "pay", 503, failed=True, span_id=bytes([number + 1]) * 8)
        for number, age in enumerate(AGES)
    ]
    put(store, "checkout", failed)
    asked = Asked(T0 - 100 * HOUR, T0 + SECOND, more={"count": count, "before_us": before})
    names, cell = (("now", *LISTED), {"step": "pay"}) if question is BROKEN else (LISTED, CELL)

    rows = await newest(asker, question, **asked.of("checkout", *names), **cell)

    assert rows == await asker.ask(question, **asked.of("checkout", *names), **cell)
    assert len(rows) == min(count, sum(T0 - age * 60 * SECOND <= before for age in AGES))


Listed = dict[str, int | str]


def walk(rows: list[Listed], limit: int, left: list[Listed] | None = None) -> list[Listed]:
    """All pages of rows that are in their order; after the first page only those are `left`."""
    told: list[Listed] = []
    after = None
    while True:
        page = read_page(limit, after)
        asked = page.parameters
        part = [
            row for row in rows if (-int(row["time_us"]), row["name"]) >= (-asked["before_us"], asked["before_id"])
        ][: asked["count"]]
        after = page.turn(part, "name")
        assert len(part) == limit or after is None
        told += part
        if after is None:
            return told
        rows = rows if left is None else left


@given(
    places=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["", "a", "a.b"])), max_size=20),
    limit=st.integers(1, 4),
    gone=st.integers(0, 19),
)
def test_pages_put_together_are_the_list(places: list[tuple[int, str]], limit: int, gone: int) -> None:
    """However many rows are alike. When one goes meanwhile, at most one like it is missed, and none told twice."""
    rows: list[Listed] = [
        {"time_us": time, "name": name, "id": number}
        for number, (time, name) in enumerate(sorted(places, key=lambda place: (-place[0], place[1])))
    ]
    left = rows[:gone] + rows[gone + 1 :]

    told = walk(rows, limit, left)

    assert walk(rows, limit) == rows
    missed = [row for row in left if row not in told]
    assert len({row["id"] for row in told}) == len(told)
    assert [(row["time_us"], row["name"]) for row in missed] in (
        [],
        [(row["time_us"], row["name"]) for row in rows[gone : gone + 1]],
    )


async def test_no_row_is_lost_between_pages_of_any_list(caller: Caller) -> None:
    """Of one moment: findings of one rule on one exchange, and exchanges and journeys that were in no span."""
    journeys = [f"journey {number}" for number in range(3)]
    exchanges = [
        record(EXCHANGE | {"journey.id": each}, event="journey.step", trace_id=b"", span_id=b"")
        for each in journeys * 2
    ]
    found = [
        record(FINDING | {"seeother.message": message}, event="seeother.finding", span_id=span_id)
        for message in ("1", "2", "2", "3")
        for span_id in (b"", SPAN_ID)
    ]
    await caller.send(logs(*exchanges, *found))
    caller.clock.advance(1801)

    for path, name, rows, step in (
        ("/api/findings", "findings", len(found), {}),
        ("/api/broken", "broken", len(exchanges), {}),
        ("/api/journeys/checkout/exchanges", "exchanges", len(exchanges), {}),
        ("/api/journeys/checkout/lost", "lost", len(journeys), {"step": "submit_order"}),
    ):
        whole = (await caller.json(path, **step))[name]
        assert len(whole) == rows
        for limit in (2, 3):
            told: list[object] = []
            more = step
            while len(told) <= rows:
                page = await caller.json(path, limit=str(limit), **more)
                told += page[name]
                more = step | {"after": page["next"]}
                if page["next"] is None:
                    break
            assert told == whole, (path, limit)
