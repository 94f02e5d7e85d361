# SPDX-License-Identifier: Apache-2.0
"""A store that nobody owns, telemetry of purchases that goes into it, and all that follows from that."""

import itertools
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from seeother.watch.warehouse import Body, Encoding, Signal, migrate, read_migrations
from seeother.watch.warehouse.arrivals import insert
from seeother.watch.warehouse.chdb import ChdbEngine
from seeother.watch.warehouse.fold import fold
from tests.seeother.watch.otlp import T0, Request, Value, logs, record, span, traces
from tests.seeother.watch.warehouse.test_fold import CHECKOUT, contents

ATTEMPT: dict[str, Value] = {"journey.name": "checkout", "journey.id": "a" * 32, "journey.step": "pay"}
NUMBERS = itertools.count(1)
Contents = dict[str, list[dict[str, object]]]


@contextmanager
def opened(folder: Path) -> Generator[ChdbEngine]:
    """A store that nobody owns."""
    engine = ChdbEngine(folder)
    try:
        migrate(engine, read_migrations())
        fold(engine, [CHECKOUT])
        yield engine
    finally:
        engine.close()


def fill(engine: ChdbEngine, requests: Iterable[Request]) -> None:
    """Raw rows of all of these, an insert each."""
    for request in requests:
        signal = Signal.TRACES if "Trace" in type(request).__name__ else Signal.LOGS
        insert(engine, [Body(next(NUMBERS), signal, Encoding.PROTOBUF, request.SerializeToString())])


def followed(engine: ChdbEngine) -> Contents:
    """All that follows from raw rows."""
    legible = "* REPLACE (hex(trace_id) AS trace_id)"
    beside = {
        "findings": "* REPLACE (hex(trace_id) AS trace_id, hex(span_id) AS span_id)",
        "breaker_changes": legible,
    }
    rest = {table: engine.rows(f"SELECT {what} FROM {table} ORDER BY ALL") for table, what in beside.items()}  # noqa: S608 - our own names
    return contents(engine) | rest


def attempt(number: int) -> Request:
    """A purchase, told by a span."""
    return traces(span(ATTEMPT, at_ns=T0 + number * 10**9, span_id=number.to_bytes(8, "big")))


def told(number: int) -> Request:
    """Another, told by a log record."""
    return logs(record(ATTEMPT, event="journey.step", at_ns=T0 + number * 10**9, span_id=number.to_bytes(8, "big")))


def bought(engine: ChdbEngine) -> list[object]:
    """Purchases in the first table behind raw rows, and in the last."""
    sums = ("toInt32(count()) AS n FROM steps", "toInt32(sum(attempts)) AS n FROM journeys")
    return [engine.rows(f"SELECT {each}")[0]["n"] for each in sums]
