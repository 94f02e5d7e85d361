# SPDX-License-Identifier: Apache-2.0
"""Rows follow the configuration, also those that were there before it."""

from collections.abc import Generator
from dataclasses import replace

import pytest

from seeother.errors import StoreError
from seeother.journey import Journey, Step
from seeother.message import Pattern
from seeother.watch.warehouse import Store
from seeother.watch.warehouse.chdb import ChdbEngine
from seeother.watch.warehouse.fold import Progress, fold
from seeother.watch.warehouse.routes import SESSION
from tests.seeother.watch.otlp import BROWSER, T0, Value, logs, record, span, traces
from tests.seeother.watch.warehouse.test_migrations import put

DAY = 86_400 * 10**9
CART = Step("cart", (Pattern.parse("GET /cart"),))
PAY = Step("pay", (Pattern.parse("POST /orders/{id}/payments"),), (Pattern.parse("GET /orders/{id}/pay"),))
CHECKOUT = Journey("checkout", (CART, PAY))
TABLES = ("steps", "pages", "counts", "status_counts", "second_counts", "journeys")


@pytest.fixture
def unfolded(store: Store, engine: ChdbEngine) -> Generator[Store]:
    """The empty store, which remembers no configuration; neither does it afterwards."""
    engine.run("TRUNCATE TABLE folds")
    yield store
    for table in (*TABLES, "spans", "log_records", "folds"):
        engine.run(f"TRUNCATE TABLE {table}")
    fold(engine, [])
    engine.run("TRUNCATE TABLE folds")


def fill(store: Store) -> None:
    """Two days of a shop without a guard, and of a browser."""

    def seen(number: int, method: str, status: int, **attributes: Value) -> None:
        values: dict[str, Value] = {
            "http.request.method": method,
            "http.response.status_code": status,
            "session.id": "ada",
            "enduser.id": "17",
            **{name.replace("_", "."): value for name, value in attributes.items()},
        }
        sent = span(values, at_ns=T0 + number * DAY // 2, duration_ns=5_000_000, span_id=number.to_bytes(8, "big"))
        put(store, traces(sent, scope="opentelemetry.instrumentation.flask"))

    seen(1, "GET", 200, http_route="/cart")
    seen(2, "POST", 422, url_path="/orders/17/payments")
    seen(3, "POST", 303, http_route="/orders/<int:order>/payments")
    seen(4, "GET", 200, http_route="/orders/{order_id}/pay")
    seen(5, "GET", 200, http_route="/health")
    event: dict[str, Value] = {
        "journey.id": "ada",
        "http.route": "/orders/{id}/pay",
        "browser.navigation_timing.dom_complete": 900.5,
    }
    put(
        store, logs(record(event, event="browser.navigation_timing", at_ns=T0 + 2 * DAY), scope="any", resource=BROWSER)
    )


def contents(engine: ChdbEngine) -> dict[str, list[dict[str, object]]]:
    """What every table behind the steps holds, merged."""
    for table in TABLES:
        engine.run(f"OPTIMIZE TABLE {table} FINAL")
    ids = "REPLACE (hex(trace_id) AS trace_id, hex(span_id) AS span_id)"
    readable = {"steps": ids, "pages": ids}
    return {
        table: engine.rows(f"SELECT * {readable.get(table, '')} FROM {table} ORDER BY ALL")  # noqa: S608 - our own names
        for table in TABLES
    }


def test_old_rows_follow_a_new_configuration(unfolded: Store, engine: ChdbEngine) -> None:
    """The tables hold what they would if the configuration had been there first; each day is told."""
    fold(engine, [CHECKOUT])
    fill(unfolded)
    wanted = contents(engine)
    fold(engine, [Journey("other", (replace(CART, on=(Pattern.parse("GET /elsewhere"),)),))])
    emptied = engine.rows("SELECT count() AS n FROM steps")
    heard: list[Progress] = []

    assert fold(engine, [CHECKOUT], report=heard.append)

    assert emptied == [{"n": 0}]
    assert [(progress.done, progress.total) for progress in heard] == [(0, 3), (1, 3), (2, 3)]
    assert contents(engine) == wanted
    assert [(row["step"], row["page"], row["failed"]) for row in wanted["steps"]] == [
        ("cart", "cart", False),
        ("pay", "", True),
        ("pay", "", False),
        ("", "pay", False),
    ]
    assert [(row["journey"], row["step"], row["dom_complete_us"]) for row in wanted["pages"]] == [
        ("checkout", "pay", 900_500)
    ]


def test_the_same_configuration_leaves_everything_as_it_is(unfolded: Store, engine: ChdbEngine) -> None:
    """A restart costs nothing."""
    fold(engine, [CHECKOUT])
    fill(unfolded)
    wanted = contents(engine)

    assert not fold(engine, [CHECKOUT])
    assert contents(engine) == wanted


def test_another_attribute_may_tell_people_apart(unfolded: Store, engine: ChdbEngine) -> None:
    """New rows follow it at once; old ones have kept only what told people apart when they came."""
    fold(engine, [CHECKOUT], identity="enduser.id")
    fill(unfolded)

    assert engine.rows("SELECT DISTINCT journey_id FROM steps") == [{"journey_id": "17"}]


def test_a_fold_that_was_cut_off_begins_again(unfolded: Store, engine: ChdbEngine) -> None:
    """Nothing is doubled, nothing missing, though somebody has gone back to what was before."""
    fold(engine, [CHECKOUT])
    fill(unfolded)
    wanted = contents(engine)

    def cut_off(progress: Progress) -> None:
        if progress.done == 1:
            raise StoreError("killed")

    for journeys in ([], [replace(CHECKOUT, name="other")]):
        with pytest.raises(StoreError, match="killed"):
            fold(engine, journeys, report=cut_off)
    assert fold(engine, [CHECKOUT])

    assert contents(engine) == wanted


def test_a_clock_that_is_set_back_hides_no_configuration(unfolded: Store, engine: ChdbEngine) -> None:
    """The last one counts, not the one with the latest time."""
    fold(engine, [CHECKOUT])
    fill(unfolded)
    wanted = contents(engine)
    last = engine.rows("SELECT configuration FROM folds ORDER BY at DESC LIMIT 1")[0]["configuration"]
    engine.run("INSERT INTO folds SELECT {last:String}, now64(6) + INTERVAL 1 YEAR", last=last)

    assert fold(engine, [])
    assert not fold(engine, [])
    assert fold(engine, [CHECKOUT])
    assert contents(engine) == wanted


def test_a_guards_rows_need_no_configuration(unfolded: Store, engine: ChdbEngine) -> None:
    """What is stamped stays, with a position as soon as one is configured."""
    stamped: dict[str, Value] = {"journey.name": "checkout", "journey.id": "a" * 32, "journey.step": "pay"}
    put(unfolded, traces(span(stamped)))
    before = engine.rows("SELECT step, position FROM steps")

    fold(engine, [CHECKOUT], identity=SESSION)

    assert before == [{"step": "pay", "position": 0}]
    assert engine.rows("SELECT step, position FROM steps") == [{"step": "pay", "position": 2}]
    assert engine.rows("SELECT attempted, attempts FROM journeys") == [{"attempted": 2, "attempts": 1}]
