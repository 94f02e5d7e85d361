# SPDX-License-Identifier: Apache-2.0
"""What follows from raw rows is the same whoever brings it, once, whatever is killed or merged meanwhile."""

from errno import ENOSPC
from pathlib import Path
from threading import Event, Semaphore, Thread
from typing import Any

import pytest

from seeother.watch.warehouse import EngineError, Store
from seeother.watch.warehouse.chdb import ChdbEngine
from seeother.watch.warehouse.follower import Follower
from seeother.watch.warehouse.following import FOLLOWING, attached
from tests.seeother.watch.otlp import T0, Value, logs, record, span, traces
from tests.seeother.watch.purchases import NUMBERS, Contents, attempt, bought, fill, followed, opened, told
from tests.seeother.watch.warehouse.test_exporter import every_kind
from tests.seeother.watch.warehouse.test_fold import contents
from tests.seeother.watch.warehouse.test_migrations import put

LIMIT_SECONDS = 20


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> Contents:
    """What views make at once of telemetry of every kind, and then of a purchase."""
    with opened(tmp_path_factory.mktemp("at-once")) as engine:
        fill(engine, [*every_kind(), attempt(1)])
        assert sorted(attached(engine)) == sorted(FOLLOWING)
        return followed(engine)


def test_the_same_follows_as_from_views(tmp_path: Path, wanted: Contents) -> None:
    """Of every kind of row, in whatever groups it came."""
    with opened(tmp_path) as engine:
        follower = Follower(engine, tmp_path / "state", _unheard)
        follower.take_over()
        assert attached(engine) == []

        for requests in (every_kind()[:3], every_kind()[3:], [attempt(1)]):
            fill(engine, requests)
            assert follower.follow()

        assert not follower.follow()
        assert all(wanted.values())
        assert followed(engine) == wanted


class _Cut(ChdbEngine):
    """A real engine that fails at one of its inserts from a query, once: before or after it has done it."""

    def __init__(self, path: Path, at: int, *, is_done: bool) -> None:
        self._left = at
        self._is_done = is_done
        super().__init__(path)

    def run(self, sql: str, **parameters: object) -> None:
        is_cut = self._left == 0 and sql.startswith("INSERT")
        self._left -= sql.startswith("INSERT")
        if self._is_done or not is_cut:
            super().run(sql, **parameters)
        if is_cut:
            message = "Code: 241. DB::Exception: Memory limit exceeded"
            raise EngineError(message, 241)


@pytest.mark.parametrize(("at", "is_done"), [(0, False), (0, True), (1, True), (2, False), (3, True)])
def test_what_was_cut_off_is_completed_once(tmp_path: Path, wanted: Contents, at: int, *, is_done: bool) -> None:
    """By the next process, though parts were merged and more has come meanwhile."""
    with opened(tmp_path) as engine:
        cut = _Cut(tmp_path, at, is_done=is_done)
        first = Follower(cut, tmp_path / "state", _unheard)
        first.take_over()
        fill(engine, every_kind())
        with pytest.raises(EngineError):
            first.follow()
        cut.close()
        fill(engine, [attempt(1)])
        for table in ("spans", "log_records"):
            engine.run(f"OPTIMIZE TABLE {table} FINAL")

        Follower(engine, tmp_path / "state", _unheard).take_over()

        assert followed(engine) == wanted


def test_views_and_the_follower_take_turns(tmp_path: Path) -> None:
    """Whoever opens the store: what the other has done is not done again, and what it has left is."""
    state = tmp_path / "state"
    with opened(tmp_path) as engine:
        fill(engine, [attempt(1)])
        Follower(engine, state, _unheard).take_over()
        fill(engine, [attempt(2), told(3)])
        Follower(engine, state, _unheard).hand_back()
        fill(engine, [told(4)])
        by_views = bought(engine)
        Follower(engine, state, _unheard).take_over()
        fill(engine, [attempt(5)])
        Follower(engine, state, _unheard).take_over()

        assert (by_views, bought(engine)) == ([4, 4], [5, 5])


def test_what_has_gathered_is_followed_in_portions(tmp_path: Path, wanted: Contents) -> None:
    """A block or two at a time, merged ones too; into tables that got some the last time it goes without asking."""
    with opened(tmp_path) as engine:
        follower = Follower(engine, tmp_path / "state", _unheard, limit=200, many=0)
        follower.take_over()
        fill(engine, every_kind()[:3])
        assert follower.follow()
        fill(engine, every_kind()[3:])
        engine.run("OPTIMIZE TABLE log_records FINAL")
        fill(engine, [attempt(1)])

        assert follower.follow()
        assert not follower.follow()

        assert followed(engine) == wanted


def test_a_few_rows_of_a_large_part_need_little_memory(tmp_path: Path) -> None:
    """Merged with millions that are not meant: read at once, those would fill what the engine may have."""
    with opened(tmp_path) as engine:
        follower = Follower(engine, tmp_path / "state", _unheard)
        follower.take_over()
        fill(engine, [traces(span({}, at_ns=T0))])
        engine.run(
            "INSERT INTO spans SELECT spans.* FROM spans CROSS JOIN numbers(1000000) AS times "
            "SETTINGS min_insert_block_size_rows = 1000000, min_insert_block_size_bytes = 0, max_block_size = 1000000"
        )
        follower.follow()
        fill(engine, [attempt(1)])
        engine.run("OPTIMIZE TABLE spans FINAL")

        engine.run("SET max_memory_usage = 8000000")
        follower.follow()

        assert bought(engine) == [1, 1]


class _Busy(ChdbEngine):
    """A real engine into which somebody else inserts at each of the follower's inserts."""

    def run(self, sql: str, **parameters: object) -> None:
        super().run(sql, **parameters)
        if sql.startswith("INSERT INTO exchanges"):
            fill(self, [attempt(next(NUMBERS))])


def test_what_comes_meanwhile_is_left_to_the_next_time(tmp_path: Path) -> None:
    """Or under load each time would have no end."""
    with opened(tmp_path) as engine:
        busy = _Busy(tmp_path)
        follower = Follower(busy, tmp_path / "state", _unheard)
        follower.take_over()
        fill(engine, [attempt(next(NUMBERS))])

        seen = [(follower.follow(), bought(engine)) for _ in range(2)]
        busy.close()

        assert seen == [(True, [1, 1]), (True, [2, 2])]


class _Slow(ChdbEngine):
    """A real engine whose inserts wait until they may go on."""

    def __init__(self, path: Path) -> None:
        self.begun, self.may_go_on = Event(), Event()
        super().__init__(path)

    def run(self, sql: str, **parameters: object) -> None:
        if sql.startswith("INSERT INTO exchanges"):
            self.begun.set()
            assert self.may_go_on.wait(LIMIT_SECONDS)
        super().run(sql, **parameters)


def test_who_writes_waits_for_a_follower_that_falls_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it has done what was in when it began."""
    monkeypatch.setattr("seeother.watch.warehouse.follower.PACE_SECONDS", 0)
    with opened(tmp_path) as engine:
        slow = _Slow(tmp_path)
        follower = Follower(slow, tmp_path / "state", _unheard)
        follower.take_over()
        follower.start()
        fill(engine, [attempt(1)])
        follower.wake()
        assert slow.begun.wait(LIMIT_SECONDS)
        fill(engine, [attempt(2)])
        writer = Thread(target=follower.wake)
        writer.start()
        writer.join(0.1)
        waited, before = writer.is_alive(), bought(engine)
        slow.may_go_on.set()
        writer.join(LIMIT_SECONDS)
        after = bought(engine)
        follower.close()
        slow.close()

        assert waited
        assert before == [0, 0]
        assert after in ([1, 1], [2, 2])


@pytest.mark.parametrize("left", [None, "{}"])
def test_what_has_followed_nobody_knows_is_made_anew(tmp_path: Path, wanted: Contents, left: str | None) -> None:
    """The file is gone, or power failed while it was written."""
    state = tmp_path / "state"
    with opened(tmp_path) as engine:
        follower = Follower(engine, state, _unheard)
        follower.take_over()
        fill(engine, every_kind())
        follower.follow()
        fill(engine, [attempt(1)])
        state.unlink() if left is None else state.write_text(left)

        Follower(engine, state, _unheard).take_over()
        Follower(engine, state, _unheard).take_over()

        assert followed(engine) == wanted


class _Seen(ChdbEngine):
    """A real engine that notes whether all that follows was made anew."""

    remade = 0

    def run(self, sql: str, **parameters: object) -> None:
        super().run(sql, **parameters)
        self.remade += sql.startswith("DELETE FROM steps")


def test_what_is_written_down_may_be_older_than_the_tables(tmp_path: Path) -> None:
    """Power failed, or somebody has put a copy back: from whatever moment it is, nothing follows twice.

    What is only new, as after most kills, is no reason to make all anew.
    """
    state = tmp_path / "state"
    found: dict[str, Value] = {"seeother.rule": "RED001", "journey.id": "a" * 32}
    finding = logs(record(found, event="seeother.finding"))
    with opened(tmp_path) as engine:
        seen = _Seen(tmp_path)
        follower = Follower(seen, state, _unheard)
        follower.take_over()
        older: list[str] = []
        for request in (attempt(1), finding):
            follower.close()
            older.append(state.read_text())
            fill(engine, [request])
            follower = Follower(seen, state, _unheard)
            follower.take_over()
        as_new = (seen.remade, contents(engine), bought(engine))

        for copy in older:
            state.write_text(copy)
            Follower(seen, state, _unheard).take_over()
            Follower(seen, state, _unheard).take_over()
            assert (contents(engine), bought(engine)) == as_new[1:]
            assert engine.rows("SELECT toInt32(count()) AS n FROM findings") == [{"n": 1}]
        seen.close()

        assert (as_new[0], seen.remade, as_new[2]) == (0, len(older), [1, 1])


class _Unwritable(Follower):
    """A follower whose disk is full at times."""

    is_full = True

    def _save(self, state: Any) -> None:  # noqa: ANN401 - the follower's own
        if self.is_full:
            raise OSError(ENOSPC, "no space")
        super()._save(state)


def test_nothing_is_done_that_is_not_written_down(tmp_path: Path) -> None:
    """Or it would be done again under another token after a kill."""
    with opened(tmp_path) as engine:
        follower = _Unwritable(engine, tmp_path / "state", _unheard)
        follower.is_full = False
        follower.take_over()
        fill(engine, [attempt(1)])
        follower.is_full = True
        for _ in range(2):
            with pytest.raises(OSError, match="no space"):
                follower.follow()

        assert bought(engine) == [0, 0]


def test_views_take_over_though_nobody_knows_what_has_followed(tmp_path: Path) -> None:
    """A store is opened the other way, and its file is gone."""
    store = Store(tmp_path, ChdbEngine, linger_seconds=0, follow_seconds=0)
    put(store, attempt(1))
    store.close()
    (tmp_path / "follower.json").unlink()

    store = Store(tmp_path, ChdbEngine, linger_seconds=0, follow_seconds=None)
    put(store, attempt(2))
    store.close()

    with opened(tmp_path) as engine:
        assert bought(engine) == [2, 2]


def test_numbers_that_begin_anew_are_followed(tmp_path: Path) -> None:
    """As they do in a store whose rows have all gone."""
    with opened(tmp_path) as engine:
        follower = Follower(engine, tmp_path / "state", _unheard)
        follower.take_over()
        fill(engine, [attempt(number) for number in range(3)])
        follower.follow()
        follower.close()
        for table in ("spans", "steps", "journeys"):
            engine.run(f"TRUNCATE TABLE {table}")
    with opened(tmp_path) as engine:
        follower = Follower(engine, tmp_path / "state", _unheard)
        follower.take_over()
        fill(engine, [attempt(9)])
        follower.follow()

        assert bought(engine) == [1, 1]


def test_the_first_is_followed_at_once_and_more_in_company(tmp_path: Path) -> None:
    """Who cannot wait is served at once; each time it is told."""
    with opened(tmp_path) as engine, opened(tmp_path) as its:
        heard = Semaphore(0)
        follower = Follower(its, tmp_path / "state", heard.release, seconds=3600)
        follower.take_over()
        follower.start()

        fill(engine, [attempt(1)])
        follower.wake()
        assert heard.acquire(timeout=30)
        first = bought(engine)
        fill(engine, [attempt(2)])
        follower.wake()
        assert not heard.acquire(timeout=0.2)
        second = bought(engine)
        follower.settle()
        third = bought(engine)
        fill(engine, [attempt(3)])
        follower.wake()
        follower.close()

        assert (first, second, third, bought(engine)) == ([1, 1], [1, 1], [2, 2], [3, 3])


def test_a_stores_rows_follow_before_it_is_closed(tmp_path: Path) -> None:
    """And as soon as somebody insists."""
    store = Store(tmp_path, ChdbEngine, linger_seconds=0, follow_seconds=3600)
    engine = ChdbEngine(tmp_path)
    put(store, attempt(1))
    put(store, told(2))
    store.settle()
    settled = bought(engine)
    put(store, told(3))
    engine.close()
    store.close()
    with opened(tmp_path) as engine:
        assert (settled, bought(engine)) == ([2, 2], [3, 3])


def test_an_end_that_cannot_be_written_down_is_an_end(tmp_path: Path) -> None:
    """The disk has gone meanwhile; whoever finds the file later does the last once more, and nothing is doubled."""
    with opened(tmp_path) as engine, opened(tmp_path) as its:
        here, away = tmp_path / "here", tmp_path / "away"
        here.mkdir()
        follower = Follower(its, here / "state", lambda: None, seconds=0)
        follower.take_over()
        follower.start()
        fill(engine, [attempt(1)])
        follower.settle()
        here.rename(away)
        follower.close()

        later = Follower(its, away / "state", lambda: None, seconds=0)
        later.take_over()
        later.close()

        assert bought(engine) == [1, 1]


def _unheard() -> None:
    """Whoever should hear of it is gone."""
    raise RuntimeError
