# SPDX-License-Identifier: Apache-2.0
"""What came after is counted the same however it came in, whatever was late, cut off or done twice."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seeother.watch.questions import RECOUNTED
from seeother.watch.warehouse import EngineError, Rules, Store, recount
from seeother.watch.warehouse.chdb import ChdbEngine
from seeother.watch.warehouse.fold import refold
from tests.seeother.watch.conftest import COUNTED_AGAIN
from tests.seeother.watch.questions.asked import DAY, IDS, MINUTE, SECOND, STEPS, T0, Exchange, Seen, put, put_pages

RULES = Rules({"checkout": 30 * MINUTE, "other": MINUTE}, {"checkout": DAY, "other": 3 * DAY})
NOW = T0 + 4 * DAY
Counts = dict[str, list[dict[str, object]]]
# Hours and days apart, so that windows, midnights and the days around them are met and missed.
days = st.sampled_from((0, 1, 3))
minutes = st.sampled_from((0, 1, 2, 29, 30, 31, 900, 959, 960))  # T0 is at eight: the last but one ends at midnight
seconds = st.sampled_from((0, 1, 30, 59))
moments = st.tuples(days, minutes, seconds).map(lambda at: T0 + at[0] * DAY + at[1] * MINUTE + at[2] * SECOND)
exchanges = st.builds(
    Exchange,
    at=moments,
    journey_id=st.sampled_from(IDS[:2]),
    step=st.sampled_from(("", *STEPS)),
    status=st.sampled_from((200, 503)),
    failed=st.booleans(),
    span_id=st.integers(1, 9).map(lambda number: bytes([number]) * 8),
    took=st.sampled_from((0, 1_000_000)),
    synthetic=st.sampled_from(("", "", "bot")),
)
seen = st.builds(
    Seen,
    at=moments,
    journey_id=st.sampled_from(IDS[:2]),
    step=st.just("pay"),
    dom_complete=st.sampled_from((0, 9000)),
    error=st.booleans(),
)
arrivals = st.lists(
    st.tuples(
        st.sampled_from(("checkout", "other")), st.lists(exchanges, max_size=5), st.lists(seen, max_size=2), moments
    ),
    min_size=1,
    max_size=3,
)


def counted(engine: ChdbEngine) -> Counts:
    """What is counted, without what is nothing."""
    return {
        table: engine.rows(f"SELECT * REPLACE (sum(n) AS n) FROM {table} GROUP BY ALL HAVING n != 0 ORDER BY ALL")  # noqa: S608 - our own names
        for table in ("attempt_counts", "journey_counts")
    }


def from_the_start(engine: ChdbEngine, now: int = NOW) -> Counts:
    """The same, counted by somebody who knows nothing yet."""
    for table in COUNTED_AGAIN:
        engine.run(f"TRUNCATE TABLE {table}")
    recount(engine, RULES, now)
    return counted(engine)


def shop(store: Store, at: int = T0, number: int = 0) -> None:
    """A failure that is repaired within a minute, and a page."""
    rows = [
        Exchange(at, IDS[0], "pay", 503, failed=True, span_id=bytes([number * 2 + 1]) * 8),
        Exchange(at + 30 * SECOND, IDS[0], "pay", 303, failed=False, span_id=bytes([number * 2 + 2]) * 8),
    ]
    put(store, "checkout", rows)
    put_pages(store, "checkout", [Seen(at + 31 * SECOND, IDS[0], "pay", 380_000)])


@given(arrived=arrivals)
@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_does_not_matter_how_rows_come(
    store: Store,
    engine: ChdbEngine,
    arrived: list[tuple[str, list[Exchange], list[Seen], int]],
) -> None:
    """Late or doubled, in whatever groups, counted at whatever moments in between."""
    for journey, rows, pages, now in arrived:
        put(store, journey, rows)
        put_pages(store, journey, pages)
        recount(engine, RULES, now)
    recount(engine, RULES, NOW)
    found = counted(engine)

    assert found == from_the_start(engine)


def test_nothing_new_is_nothing_to_count(store: Store, engine: ChdbEngine) -> None:
    """Until a minute has passed."""
    shop(store)

    heard = [recount(engine, RULES, now) for now in (NOW, NOW + SECOND, NOW + MINUTE)]
    shop(store, T0 + MINUTE, 1)

    assert heard == [True, False, True]
    assert recount(engine, RULES, NOW + MINUTE)


def test_a_clock_that_is_set_back_lets_nothing_be_counted_twice(store: Store, engine: ChdbEngine) -> None:
    """What was counted last is known by its number, not by its time."""
    shop(store)
    recount(engine, RULES, NOW)
    engine.run("INSERT INTO recounts SELECT * REPLACE (number + 86400000000 AS number) FROM recounts")
    shop(store, T0 + MINUTE, 1)

    heard = [recount(engine, RULES, now) for now in (NOW - DAY, NOW - DAY)]

    assert heard == [True, False]
    assert engine.rows(RECOUNTED.sql) == [{"recounted_us": NOW - DAY}]
    assert counted(engine) == from_the_start(engine, NOW - DAY)


def test_many_rows_are_counted_in_parts(store: Store, engine: ChdbEngine) -> None:
    """Of a minute or more."""
    for number in range(5):
        shop(store, T0 + number * MINUTE, number)
    recount(engine, RULES, NOW, limit=3)
    found = counted(engine)

    assert found == from_the_start(engine)
    assert len(found["attempt_counts"]) > 40


def test_what_is_counted_stays_when_its_rows_have_gone(store: Store, engine: ChdbEngine) -> None:
    """Though a row comes late that belongs to them."""
    shop(store)
    recount(engine, RULES, NOW)
    wanted = counted(engine)["attempt_counts"]
    engine.run("TRUNCATE TABLE steps")
    put(store, "checkout", [Exchange(T0 + 10 * SECOND, IDS[1], "pay", 503, failed=True)])

    recount(engine, RULES, NOW, since=T0 + 40 * MINUTE)

    assert [row for row in counted(engine)["attempt_counts"] if row["grain"] == 1] == [
        row for row in wanted if row["grain"] == 1
    ]


def test_it_stays_when_everything_is_counted_anew(store: Store, engine: ChdbEngine) -> None:
    """Though rows are to be kept for longer than since its rows had gone."""
    shop(store)
    recount(engine, RULES, NOW)
    wanted = counted(engine)["attempt_counts"]
    for table in ("spans", "log_records", "steps", "pages"):
        engine.run(f"TRUNCATE TABLE {table}")
    shop(store, T0 + 2 * DAY, 1)
    engine.run("TRUNCATE TABLE recounts")

    recount(engine, RULES, NOW)

    assert [row for row in counted(engine)["attempt_counts"] if row in wanted] == wanted


def test_a_clock_far_away_is_a_day_more(store: Store, engine: ChdbEngine) -> None:
    """Not all the days between."""
    for at in (T0, T0 + 18_000 * DAY):
        shop(store, at)
    steps: list[int] = []

    recount(engine, RULES, NOW, go_on=lambda: steps.append(1))

    assert len(steps) < 30
    assert len({row["start"] for row in counted(engine)["journey_counts"] if row["grain"] == 1440}) == 2


def test_other_rules_are_followed(store: Store, engine: ChdbEngine) -> None:
    """By what was counted before, too."""
    shop(store)
    recount(engine, Rules({"checkout": SECOND}, {"checkout": 0}), NOW)
    before = counted(engine)
    recount(engine, RULES, NOW)
    after = counted(engine)

    assert before["attempt_counts"] != after["attempt_counts"]
    assert after == from_the_start(engine)


def test_rows_that_are_made_anew_are_counted_anew(store: Store, engine: ChdbEngine) -> None:
    """Those that are there no more are taken off."""
    shop(store)
    recount(engine, RULES, NOW)
    days = [row["day"] for row in engine.rows("SELECT DISTINCT day FROM journeys")]
    engine.run("DELETE FROM steps WHERE 1")
    engine.run("DELETE FROM journeys WHERE 1")
    refold(engine, [])
    assert days

    recount(engine, RULES, NOW)

    assert counted(engine) == {"attempt_counts": [], "journey_counts": []}


def test_numbers_that_begin_anew_are_counted(store: Store, engine: ChdbEngine) -> None:
    """As they do in a store whose rows had all gone."""
    shop(store)
    recount(engine, RULES, NOW)
    engine.run("ALTER TABLE recounts UPDATE steps_block = 1000000 WHERE 1 SETTINGS mutations_sync = 1")
    shop(store, T0 + 7 * MINUTE, 1)
    recount(engine, RULES, NOW)
    found = counted(engine)

    assert found == from_the_start(engine)


class _Cut(ChdbEngine):
    """A real engine that fails at one of its inserts, once: before or after it has done it."""

    def __init__(self, path: Path, at: int, *, is_done: bool) -> None:
        self._left = at
        self._is_done = is_done
        super().__init__(path)

    def run(self, sql: str, **parameters: object) -> None:
        is_insert = sql.lstrip().startswith("INSERT")
        is_cut = self._left == 0 and is_insert
        self._left -= is_insert
        if self._is_done or not is_cut:
            super().run(sql, **parameters)
        if is_cut:
            message = "Code: 241. DB::Exception: Memory limit exceeded"
            raise EngineError(message, 241)


@pytest.mark.parametrize(("at", "is_done"), [(0, False), (1, True), (2, False)])
def test_what_was_cut_off_is_right_the_next_time(store: Store, engine: ChdbEngine, at: int, *, is_done: bool) -> None:
    """Before, between or after its statements, and though more has come meanwhile."""
    shop(store)
    recount(engine, RULES, T0 + 10 * MINUTE)
    shop(store, T0 + 9 * MINUTE, 1)
    cut = _Cut(store.path, at, is_done=is_done)
    with pytest.raises(EngineError):
        recount(cut, RULES, T0 + 11 * MINUTE)
    cut.close()
    shop(store, T0 + 8 * MINUTE, 2)

    recount(engine, RULES, NOW)
    found = counted(engine)

    assert found == from_the_start(engine)


def test_somebody_may_stop_it(store: Store, engine: ChdbEngine) -> None:
    """Between two statements; nothing is lost."""
    shop(store)

    with pytest.raises(KeyboardInterrupt):
        recount(engine, RULES, NOW, go_on=_stopping(1))
    recount(engine, RULES, NOW)
    found = counted(engine)

    assert found == from_the_start(engine)


def _stopping(after: int) -> Callable[[], None]:
    left = [after]

    def go_on() -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1

    return go_on
