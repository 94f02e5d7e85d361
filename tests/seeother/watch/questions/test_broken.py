# SPDX-License-Identifier: Apache-2.0
"""Lists of attempts and exchanges: `broken` and `exchanges` against a fold, and page by page."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from seeother.watch.questions import BROKEN, EXCHANGES, Asker, Question
from seeother.watch.warehouse import Store
from tests.seeother.watch.otlp import TRACE_ID

from .asked import (
    IDS,
    MINUTE,
    NAMES,
    SECOND,
    T0,
    Asked,
    Exchange,
    Seen,
    asked_about,
    exchanges_of_journeys,
    later,
    newest_first,
    put,
    put_pages,
    views_of_pages,
    within,
)
from .fold import SLOW, is_broken

LISTED = ("before_us", "before_id", "count")


def folded_broken(exchanges: list[Exchange], pages: list[Seen], asked: Asked, step: str) -> list[tuple[Any, ...]]:
    """What the question `broken` should answer, in short; the pages of one moment are ambiguous and left out."""
    told: list[tuple[Any, ...]] = []
    for row in newest_first(within(exchanges, asked)):
        if not row.step or step not in ("", row.step) or not is_broken(row, exchanges):
            continue
        after = [page for page in pages if page.journey_id == row.journey_id and row.at < page.at <= row.at + MINUTE]
        after = [page for page in after if page.dom_complete is not None]
        values = {page.dom_complete or 0 for page in after if page.at == min(each.at for each in after)}
        slow = {int(value == 0 or value > SLOW) for value in values} or {-1}
        provisional = int(asked.now - row.at < 60 * SECOND)
        told.append((row.at, row.journey_id, row.step, row.status, provisional, slow))
    return told


@given(exchanges=exchanges_of_journeys, pages=views_of_pages, asked=asked_about)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_broken_attempts_agree_with_a_fold(
    store: Store, asker: Asker, exchanges: list[Exchange], pages: list[Seen], asked: Asked
) -> None:
    """Of all steps and of one, with the page that followed."""
    journey = next(NAMES)
    put(store, journey, exchanges)
    put_pages(store, journey, pages)

    for step in ("", "pay"):
        rows = await asker.ask(BROKEN, **asked.of(journey, "now", *LISTED), step=step)
        wanted = folded_broken(exchanges, pages, asked, step)

        found = [
            tuple(row[name] for name in ("time_us", "journey_id", "step", "status", "provisional")) for row in rows
        ]
        # Journeys whose attempts share a moment and an id of a span stand in any order.
        assert sorted(found) == sorted([each[:-1] for each in wanted])
        flags = {(row["time_us"], row["journey_id"], row["step"]): row["slow"] for row in rows}
        assert all(flags[each[0], each[1], each[2]] in each[-1] for each in wanted)


async def test_broken_attempts_of_all_journeys_come_newest_first(store: Store, asker: Asker) -> None:
    """A success of another journey of the same id repairs nothing, and the limit keeps the newest."""
    failed = [Exchange(T0 + n * SECOND, IDS[0], "pay", 503, failed=True, span_id=bytes([n + 1]) * 8) for n in range(3)]
    put(store, "one", failed)
    put(store, "other", [Exchange(T0 + 9 * SECOND, IDS[0], "pay", 200, failed=False)])
    asked = Asked(T0, T0 + MINUTE, more={"count": 2})

    rows = await asker.ask(BROKEN, **asked.of("", "now", *LISTED), step="")

    assert rows == [
        {
            "time_us": T0 + n * SECOND,
            "journey": "one",
            "journey_id": IDS[0],
            "step": "pay",
            "status": 503,
            "service": "shop",
            "trace_id": TRACE_ID.hex(),
            "span_id": f"{n + 1:02x}" * 8,
            "provisional": 0,
            "slow": -1,
            "dom_complete_us": 0,
        }
        for n in (2, 1)
    ]


@pytest.mark.parametrize(
    ("dom_complete", "slow"), [(8_000_000, 0), (8_001_000, 1), (0, 1)], ids=["in time", "too long", "never complete"]
)
async def test_a_broken_attempt_is_slow_when_its_page_is(
    store: Store, asker: Asker, dom_complete: int, slow: int
) -> None:
    """The article's rule; who leaves before the document is complete has waited too long."""
    put(store, "checkout", [Exchange(T0, IDS[0], "pay", 502, failed=True)])
    put_pages(store, "checkout", [Seen(T0 + 9 * SECOND, IDS[0], "pay", dom_complete)])

    (row,) = await asker.ask(BROKEN, **Asked(T0, T0 + MINUTE).of("checkout", "now", *LISTED), step="pay")

    assert (row["slow"], row["dom_complete_us"]) == (slow, dom_complete)


def is_meant(row: Exchange, cell: dict[str, Any]) -> bool:
    """Whether an exchange is behind a cell."""
    return (
        cell["step"] in ("", row.step)
        and cell["method"] in ("", row.method)
        and cell["route"] in ("", row.route)
        and cell["status"] in (-1, row.status)
        and (row.failed or not cell["failed"])
    )


@given(exchanges=exchanges_of_journeys, asked=asked_about)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_exchanges_behind_a_cell_agree_with_a_fold(
    store: Store, asker: Asker, exchanges: list[Exchange], asked: Asked
) -> None:
    """Of a step, of a route and a status, of all."""
    journey = next(NAMES)
    put(store, journey, exchanges)
    everything = {"step": "", "method": "", "route": "", "status": -1, "failed": False}

    for cell in ({}, {"step": "pay", "failed": True}, {"method": "POST", "route": "/a", "status": 503}, {"status": 0}):
        rows = await asker.ask(EXCHANGES, **asked.of(journey, *LISTED), **everything | cell)

        wanted = [row for row in within(exchanges, asked) if is_meant(row, everything | cell)]
        found = [(row["time_us"], row["journey_id"], row["step"], row["status"], row["duration_us"]) for row in rows]
        assert sorted(found) == sorted([(row.at, row.journey_id, row.step, row.status, row.took) for row in wanted])
        assert [row["time_us"] for row in rows] == sorted([row.at for row in wanted], reverse=True)


@pytest.mark.parametrize("question", [BROKEN, EXCHANGES], ids=lambda question: question.name)
async def test_lists_are_told_page_by_page(store: Store, asker: Asker, question: Question) -> None:
    """Each page begins with the row that ended the last one, also between rows of one moment."""
    rows = [Exchange(T0 + n // 2 * SECOND, IDS[0], "pay", 503, failed=True, span_id=bytes([n]) * 8) for n in range(5)]
    put(store, "checkout", rows)
    cell: dict[str, Any] = {"step": "pay"}
    if question is EXCHANGES:
        cell |= {"method": "", "route": "", "status": -1, "failed": True}
    asked = Asked(T0, T0 + MINUTE, more={"count": 3})
    told: list[str] = []

    while len(told) < len(rows):
        names = LISTED if question is EXCHANGES else ("now", *LISTED)
        page = await asker.ask(question, **asked.of("checkout", *names), **cell)
        assert told[-1:] in ([], [page[0]["span_id"]])
        told += [row["span_id"] for row in page[bool(told) :]]
        asked = later(asked, before_us=page[-1]["time_us"], before_id=page[-1]["span_id"])

    assert told == [f"{n:02x}" * 8 for n in (4, 2, 3, 0, 1)]
