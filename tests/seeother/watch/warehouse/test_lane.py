# SPDX-License-Identifier: Apache-2.0
"""Trouble in an insert: whose body is bad hears it, and what was there in part is there once in the end."""

import json
import random
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

import pytest

from seeother.errors import StoreError
from seeother.watch.warehouse import Body, EngineError, Malformed, Outcome, Signal, Store, Stored, Writer
from seeother.watch.warehouse.arrivals import insert
from seeother.watch.warehouse.chdb import ChdbEngine
from seeother.watch.warehouse.journal import Journal
from seeother.watch.warehouse.receipts import digest_of
from tests.faults.test_ledger_disk import mounting
from tests.seeother.watch.otlp import span, traces

from .test_writer import KINDS, PROTOBUF, TIMES, SlowEngine, submit


def test_no_damage_to_a_body_is_taken_for_ours(store: Store) -> None:
    """Cut, overwritten, stretched and made up: stored or malformed, but never `try again later`."""
    rng = random.Random(303)  # noqa: S311 - a test
    good = traces(span({"http.route": "/orders", "http.response.status_code": 200, "journey.failed": True}))
    futures: list[Future[Outcome]] = []
    for _ in range(80):
        damaged = bytearray(good.SerializeToString())
        place = rng.randrange(len(damaged))
        match rng.randrange(4):
            case 0:
                del damaged[place:]
            case 1:
                damaged[place] = rng.randrange(256)
            case 2:
                damaged[place:place] = rng.randbytes(rng.randrange(1, 9))
            case _:
                damaged = bytearray(rng.randbytes(rng.randrange(1, 200)))
        futures.append(store.submit(Signal.TRACES, PROTOBUF, bytes(damaged)))

    outcomes = [future.result(timeout=50) for future in futures]

    assert {type(outcome) for outcome in outcomes} == {Stored, Malformed}


class _Shaken(ChdbEngine):
    """A real engine that inserts and says so many times that it could not."""

    troubles = 2

    def insert(self, statement: str, encoding: str, parts: Sequence[bytes]) -> None:
        super().insert(statement, encoding, parts)
        if self.troubles:
            self.troubles -= 1
            message = "Code: 241. DB::Exception: Memory limit exceeded"
            raise EngineError(message, 241)


@pytest.mark.parametrize("troubles", [2, 5])
def test_trouble_in_the_middle_of_an_insert_doubles_nothing(
    store: Store, engine: ChdbEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, troubles: int
) -> None:
    """The same batch goes in again under the same token, which tables that had their part already recognise."""
    monkeypatch.setattr("seeother.watch.warehouse.lane.MEMORY_PAUSES", (0,) * 6)
    shaken = _Shaken(store.path)
    shaken.troubles = troubles
    writer = Writer([shaken], lambda: None, folder=tmp_path, linger_seconds=0.01)
    writer.start()
    futures = [submit(writer, "spans") for _ in range(3)]

    outcomes = [future.result(timeout=30) for future in futures]
    writer.close()
    shaken.close()

    assert (outcomes, shaken.troubles) == ([Stored()] * 3, 0)
    assert engine.rows("SELECT toInt32(count()) AS n FROM spans") == [{"n": 3}]


@pytest.mark.usefixtures("store")
def test_what_a_killed_process_was_inserting_is_completed(engine: ChdbEngine, tmp_path: Path) -> None:
    """Whether its insert had begun or ended: the body is in once, and its sender's next attempt adds nothing."""
    signal, encoding, make, _ = KINDS["one of two"]
    for number, has_ended in enumerate((False, True)):
        content = make(next(TIMES))
        body = Body(next(TIMES), signal, encoding, content)
        folder = tmp_path / str(has_ended)
        folder.mkdir()
        left = Journal(folder / "journal.0")
        left.write([body], [digest_of(signal, encoding, content)])
        left.close()
        if has_ended:
            insert(engine, [body])

        writer = Writer([engine], lambda: None, folder=folder, linger_seconds=0)
        writer.start()
        outcome = writer.submit(signal, encoding, content).result(timeout=30)
        writer.close()

        assert outcome == Stored(1, is_repeated=True)
        assert engine.rows("SELECT toInt32(count()) AS n FROM spans") == [{"n": number + 1}]


def test_a_full_disk_is_nobodys_fault_but_ours(tmp_path: Path) -> None:
    """Every sender hears at once that he may try again; no body is searched for, and the writer lives on."""
    engine = SlowEngine(fails=True)
    writer = Writer([engine], lambda: None, folder=tmp_path, linger_seconds=0.01)
    writer.start()
    first = writer.submit(Signal.TRACES, PROTOBUF, b"0")
    assert engine.began.wait(30)
    others = [writer.submit(Signal.TRACES, PROTOBUF, bytes([number])) for number in range(1, 6)]
    engine.go_on.set()

    for future in (first, *others):
        with pytest.raises(StoreError) as caught:
            future.result(timeout=30)
        assert caught.value.retryable
    assert engine.inserts == [1, 1]  # the first batch, and once more before the second
    writer.close()


class _Full(ChdbEngine):
    """A real engine that inserts, and says that the disk was full before all views had their part."""

    is_full = True

    def insert(self, statement: str, encoding: str, parts: Sequence[bytes]) -> None:
        super().insert(statement, encoding, parts)
        if self.is_full:
            message = "Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space"
            raise EngineError(message, 243)


@pytest.mark.parametrize("restarts", [False, True])
def test_what_a_full_disk_has_taken_in_part_is_stored_once(
    store: Store, engine: ChdbEngine, tmp_path: Path, *, restarts: bool
) -> None:
    """Its batch goes first when there is room, by whichever connection; senders come back in other company."""
    full = [_Full(store.path) for _ in range(2)]
    writer = Writer(full, lambda: None, folder=tmp_path, linger_seconds=0.01)
    writer.start()
    bodies = [KINDS["spans"][2](next(TIMES)) for _ in range(4)]
    for body in (bodies[:3], bodies[1:]):
        futures = [writer.submit(Signal.TRACES, PROTOBUF, each) for each in body]
        assert all(isinstance(future.exception(timeout=30), EngineError) for future in futures)
    if restarts:
        writer.close()
        writer = Writer(full, lambda: None, folder=tmp_path, linger_seconds=0.01)
        writer.start()
        with pytest.raises(EngineError):
            writer.submit(Signal.TRACES, PROTOBUF, bodies[3]).result(timeout=30)
        writer.close()
    for each in full:
        each.is_full = False
    if restarts:
        writer = Writer(full, lambda: None, folder=tmp_path, linger_seconds=0.01)
        writer.start()

    futures = [writer.submit(Signal.TRACES, PROTOBUF, each) for each in (*bodies[2:], *bodies[:2])]
    outcomes = [future.result(timeout=30) for future in futures]
    writer.close()
    for each in full:
        each.close()

    assert [type(outcome) for outcome in outcomes] == [Stored] * 4
    assert engine.rows("SELECT toInt32(count()) AS n FROM spans") == [{"n": 4}]


class _Forgetful(ChdbEngine):
    """A real engine that inserts and then cannot be asked what was refused."""

    def rows(self, sql: str, **parameters: object) -> list[dict[str, object]]:
        if "rejections" in sql:
            message = "Code: 241. DB::Exception: Memory limit exceeded"
            raise EngineError(message, 241)
        return super().rows(sql, **parameters)


def test_stored_rows_are_acknowledged_though_nothing_can_be_asked(store: Store, tmp_path: Path) -> None:
    """Whoever hears `not stored` sends again, so rows that are in are never denied; bad JSON is still told."""
    engine = _Forgetful(store.path)
    writer = Writer([engine], lambda: None, folder=tmp_path, linger_seconds=0.01)
    writer.start()

    good = [submit(writer, kind) for kind in ("spans", "spans as JSON")]
    bad = submit(writer, "no JSON")
    outcomes = [future.result(timeout=30) for future in good]
    refused = bad.result(timeout=30)
    writer.close()
    engine.close()

    assert outcomes == [Stored(), Stored()]
    assert isinstance(refused, Malformed)


# A store on a small disk: nearly filled, and with room again. Whoever is refused sends the same once more.
FILLING = """
import json, sys
from pathlib import Path
from seeother.watch.warehouse import Encoding, Signal, Store
from seeother.watch.warehouse.chdb import ChdbEngine
from tests.seeother.watch.otlp import span, traces

folder = Path(sys.argv[1])
store = Store(folder / "store", ChdbEngine, linger_seconds=0.01, follow_seconds=0.05)
left = [traces(span(span_id=n.to_bytes(8))).SerializeToString() for n in range(1, 101)]
filler = (folder / "filler").open("wb", buffering=0)
refused = []
for room in (None, 600_000, 0, None):
    if room is not None:
        try:
            while filler.write(bytes(65536)):
                pass
        except OSError:
            filler.truncate(filler.tell() - room)
    elif refused:
        (folder / "filler").unlink()
        filler.close()
    sent = left if refused else left[:50]
    errors = [store.submit(Signal.TRACES, Encoding.PROTOBUF, body).exception(60) for body in sent]
    left = [body for body, error in zip(sent, errors) if error is not None] + left[len(sent):]
    refused.append(sum(error is not None for error in errors))
store.settle()
engine = ChdbEngine(folder / "store")
(found,) = engine.rows("SELECT toInt32(count()) AS n, toInt32(uniqExact(span_id)) AS different FROM spans")
engine.close()
store.close()
print(json.dumps([refused, found]))
"""


@pytest.mark.whole
def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """Some come in while there is room for some, and all once it is there again, each once."""
    done = subprocess.run(
        [*mounting(tmp_path, "60m"), sys.executable, "-c", FILLING, str(tmp_path)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    refused, found = json.loads(done.stdout)
    assert (refused[0], refused[-1], found) == (0, 0, {"n": 100, "different": 100})
    assert refused[2] > 0, (refused, done.stderr)
