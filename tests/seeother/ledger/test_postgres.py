# SPDX-License-Identifier: Apache-2.0
"""What is special about the ledger in PostgreSQL: its server's faults, its table, its processes, its errors."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from secrets import token_hex
from typing import TypeVar

import psycopg
import pytest
from psycopg import sql

from seeother.errors import SettingsError, StoreError
from seeother.ledger.postgres import PostgresLedger
from seeother.ledger.postgres_rows import of_key
from seeother.message import Response
from seeother.policy import Finished, Granted, LedgerKey, Running, Unknown
from tests.clock import FakeClock
from tests.servers.postgres_server import OwnPostgres, PostgresServer
from tests.servers.program import free_port
from tests.servers.relay import Relay

Result = TypeVar("Result")

KEY = LedgerKey("s", "k")
ANSWER = Response(303, ((b"location", b"/orders/7"),))


@pytest.fixture
def url(postgres_server: PostgresServer) -> str:
    """The address of a schema that is empty."""
    name = f"s{token_hex(4)}"
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
    return f"{postgres_server.url}?options=-csearch_path%3D{name}"


def claimed(ledger: PostgresLedger, key: LedgerKey = KEY, *, lease: float = 60.0) -> Granted:
    """The claim of a key that must be free."""
    verdict = ledger.claim(key, b"print", lease)
    assert isinstance(verdict, Granted)
    return verdict


def test_crash_loses_nothing(own_postgres: OwnPostgres) -> None:
    """Killed with all its processes, it has what it has answered; and the ledger finds it again by itself."""
    ledger = PostgresLedger(own_postgres.url, patience=9.0)
    running, done = LedgerKey("s", "running"), LedgerKey("s", "done")
    first = claimed(ledger, running)
    assert ledger.settle(claimed(ledger, done), ANSWER, 600.0)

    own_postgres.kill()
    with pytest.raises(StoreError, match="check that it runs") as caught:
        ledger.claim(LedgerKey("s", "new"), b"print", 60.0)
    own_postgres.start()

    assert caught.value.retryable
    assert isinstance(ledger.claim(running, b"print", 60.0), Running)
    assert ledger.claim(done, b"print", 60.0) == Finished(ANSWER)
    assert ledger.settle(first, ANSWER, 600.0)
    assert claimed(ledger, LedgerKey("s", "new")).token > first.token
    ledger.close()


def test_claim_whose_commit_is_late_holds_no_key(own_postgres: OwnPostgres) -> None:
    """It lands after its owner has been told that the ledger is away, when nobody could see it yet to give it back."""
    ledger = PostgresLedger(own_postgres.url, patience=0.5)
    with psycopg.connect(own_postgres.url, autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        admin.execute("SELECT pg_reload_conf()")
        key = next(key for key in _names() if not _is_granted(ledger, key) and _commit_waits(admin))
        admin.execute("ALTER SYSTEM RESET synchronous_standby_names")
        admin.execute("SELECT pg_reload_conf()")
    deadline = time.monotonic() + 30
    while not (is_free := _is_granted(ledger, key)) and time.monotonic() < deadline:
        pass
    ledger.close()

    assert is_free


def test_second_look_at_a_locked_row_is_a_claim_of_its_own(
    postgres_server: PostgresServer, url: str, relay: Callable[[int], Relay]
) -> None:
    """What nobody heard of the first one is given back, and that must not free what the second was granted."""
    between = relay(postgres_server.port)
    ledger = PostgresLedger(url.replace(f":{postgres_server.port}", f":{between.port}"), patience=1.0)
    ledger.release(claimed(ledger))
    waited: set[object] = set()
    with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as admin:
        holder.execute("SELECT FROM seeother_claim FOR UPDATE")
        between.cut_after(of_key(KEY)["id"])
        with ThreadPoolExecutor(1) as others:
            second = others.submit(ledger.claim, KEY, b"print", 60.0)
            while len(waited) < 3 and not second.done():  # cut off, asked again, and the second look
                waited |= set(admin.execute(_WAITING).fetchall())
            holder.rollback()
    granted = second.result()
    until = time.monotonic() + 1.5  # when the first one's patience is over
    while time.monotonic() < until and isinstance(ledger.claim(KEY, b"print", 60.0), Running):
        time.sleep(0.02)
    is_ours = isinstance(granted, Granted) and ledger.renew(granted, 60.0)
    ledger.close()

    assert len(waited) == 3
    assert isinstance(granted, Granted)
    assert is_ours


_WAITING = "SELECT pid, query_start FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


def _names() -> Iterator[LedgerKey]:
    return (LedgerKey("s", str(number)) for number in count())


def _commit_waits(admin: "psycopg.Connection[tuple[int]]") -> bool:
    """Whether some transaction waits for a standby."""
    ((waiting,),) = admin.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'").fetchall()
    return waiting > 0


def _is_granted(ledger: PostgresLedger, key: LedgerKey) -> bool:
    """Whether a claim of the key was granted, and heard of."""
    with suppress(StoreError):
        return isinstance(ledger.claim(key, b"print", 60.0), Granted)
    return False


def test_claim_that_comes_too_late_is_not_granted(own_postgres: OwnPostgres) -> None:
    """Who asked was told that the ledger is away: it must not hold the key now. How an action ended is told on."""
    ledger = PostgresLedger(own_postgres.url)
    running = _patiently(lambda: claimed(ledger, LedgerKey("s", "running")))

    patient = PostgresLedger(own_postgres.url, patience=9.0)
    with ThreadPoolExecutor(1) as pool:
        own_postgres.pause()
        settled = pool.submit(ledger.settle, running, ANSWER, 60.0)
        for _ in range(2):  # on a connection that is there, and on a new one
            with pytest.raises(StoreError, match="has not answered") as caught:
                ledger.claim(KEY, b"print", 60.0)
            assert caught.value.retryable
        assert not settled.done()
        own_postgres.resume()

        assert settled.result()
    claimed(patient)
    assert patient.claim(LedgerKey("s", "running"), b"print", 60.0) == Finished(ANSWER)
    ledger.close()
    patient.close()


def _patiently(work: Callable[[], Granted]) -> Granted:
    """What succeeds on a machine that is not busy for ever."""
    for _ in range(50):
        with suppress(StoreError):
            return work()
    return work()


def test_terminated_backend_is_no_trouble(url: str) -> None:
    """The connection is opened anew and the call made again."""
    ledger = PostgresLedger(url, patience=9.0)
    claim = claimed(ledger)
    with psycopg.connect(url, autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'seeother'"
        ).fetchall()

    assert (True,) in ended
    assert ledger.settle(claim, ANSWER, 60.0)
    assert ledger.claim(KEY, b"print", 60.0) == Finished(ANSWER)
    ledger.close()


@pytest.mark.parametrize("callers", [1, 9])
def test_lost_answer_is_asked_for_again(
    url: str, postgres_server: PostgresServer, relay: Callable[[int], Relay], callers: int
) -> None:
    """It was committed, its answer and the connection were lost: it is not done twice, nor taken for another's."""
    between = relay(postgres_server.port)
    ledger = PostgresLedger(url.replace(str(postgres_server.port), str(between.port)), patience=9.0)
    keys = {
        verb: [LedgerKey(verb, str(number)) for number in range(callers)] for verb in ("settle", "release", "leave")
    }

    def cut(work: Callable[[LedgerKey], Result], verb: str) -> list[Result]:
        """What callers hear who ask at once, when the answer for the first of them is lost."""
        between.cut_after(of_key(keys[verb][0])["id"])
        with ThreadPoolExecutor(callers) as pool:
            return list(pool.map(work, keys[verb]))

    claims = {
        key: claim
        for verb in keys
        for key, claim in zip(keys[verb], cut(lambda key: claimed(ledger, key), verb), strict=True)
    }
    renewed = cut(lambda key: ledger.renew(claims[key], 60.0), "settle")
    settled = cut(lambda key: ledger.settle(claims[key], ANSWER, 60.0), "settle")
    released = cut(lambda key: ledger.release(claims[key]), "release")
    left = cut(lambda key: ledger.abandon(claims[key]), "leave")

    assert between.cuts == 7
    assert renewed == settled == released == left == [True] * callers
    assert [ledger.claim(key, b"print", 60.0) for key in keys["settle"]] == [Finished(ANSWER)] * callers
    assert {each.granted.key for each in ledger.unknown(99)} == set(keys["leave"])
    assert [claimed(ledger, key).token > claims[key].token for key in keys["release"]] == [True] * callers
    ledger.close()


def test_key_in_another_transaction_is_running(url: str) -> None:
    """Whoever has it there is about to commit how it ended; nobody waits for that."""
    ledger = PostgresLedger(url, patience=9.0)
    ledger.abandon(claimed(ledger))
    with psycopg.connect(url) as connection:
        connection.execute("SELECT FROM seeother_claim FOR UPDATE")
        plain = ledger.claim(KEY, b"print", 60.0)
        with ThreadPoolExecutor(10) as pool:
            rerun = pool.submit(ledger.claim, KEY, b"print", 60.0, rerun=True)
            others = [pool.submit(ledger.claim, LedgerKey("s", str(number)), b"print", 60.0) for number in range(9)]

    assert rerun.result() == Running(1.0)
    assert plain == Unknown()
    assert all(isinstance(other.result(), Granted) for other in others)
    ledger.close()


def test_calls_share_commits(url: str) -> None:
    """Many at once take a few transactions; each hears its own answer."""
    ledger = PostgresLedger(url, patience=9.0)
    gate = threading.Barrier(64)

    def one(number: int) -> Granted:
        gate.wait()
        return claimed(ledger, LedgerKey("s", str(number)))

    with ThreadPoolExecutor(64) as pool:
        claims = list(pool.map(one, range(64)))
    with psycopg.connect(url) as connection:
        ((transactions,),) = connection.execute("SELECT count(DISTINCT xmin::text) FROM seeother_claim").fetchall()

    assert [claim.key.key for claim in claims] == [str(number) for number in range(64)]
    assert len({claim.token for claim in claims}) == 64
    assert transactions < 32
    ledger.close()


def test_processes_that_start_at_once_make_one_table(url: str) -> None:
    """Each waits until the first has made it."""
    with ThreadPoolExecutor(8) as pool:
        ledgers = [each.result() for each in [pool.submit(PostgresLedger, url, patience=9.0) for _ in range(8)]]

    claim = claimed(ledgers[0])

    assert all(isinstance(each.claim(KEY, b"print", 60.0), Running) for each in ledgers)
    assert ledgers[7].settle(claim, ANSWER, 60.0)
    for each in ledgers:
        each.close()


def test_table_of_a_later_release_is_left_alone(url: str) -> None:
    """At the start, and when it becomes one while the site runs."""
    ledger = PostgresLedger(url, patience=9.0)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE seeother_ledger SET version = 2")

    with pytest.raises(SettingsError, match="schema 2, this release knows 1"):
        PostgresLedger(url)
    ledger.close()


def test_server_may_be_away_at_first(own_postgres: OwnPostgres) -> None:
    """A site starts without its ledger; the table is made when the server is there."""
    own_postgres.kill()
    ledger = PostgresLedger(own_postgres.url, patience=9.0)
    with pytest.raises(StoreError, match="check that it runs"):
        ledger.claim(KEY, b"print", 60.0)

    own_postgres.start()

    claimed(ledger)
    ledger.close()


def test_database_that_is_not_there_is_told(postgres_server: PostgresServer) -> None:
    """By its name, in one line, and no password."""
    ledger = PostgresLedger(f"postgresql://postgres:hunter2@127.0.0.1:{postgres_server.port}/nowhere")

    with pytest.raises(StoreError, match='database "nowhere" does not exist') as caught:
        ledger.claim(KEY, b"print", 60.0)
    ledger.close()

    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_port_where_nobody_listens_is_told() -> None:
    """At once."""
    ledger = PostgresLedger(f"postgresql://postgres@127.0.0.1:{free_port()}/postgres")

    with pytest.raises(StoreError, match="refused"):
        ledger.claim(KEY, b"print", 60.0)
    ledger.close()


def test_what_has_had_its_time_goes_by_itself(url: str) -> None:
    """A claim now and then forgets some of it; a freed key's row stays a minute, for the order of tokens."""
    clock = FakeClock()
    ledger = PostgresLedger(url, patience=9.0, clock=clock, keep_unknown=5.0)
    for number in range(5):
        ledger.settle(claimed(ledger, LedgerKey("done", str(number))), ANSWER, 10.0)
        ledger.release(claimed(ledger, LedgerKey("freed", str(number))))
    clock.advance(10.0)
    counted = ledger.purge()
    ledger.close()
    with psycopg.connect(url) as connection:
        ((freed,),) = connection.execute("SELECT count(*) FROM seeother_claim").fetchall()
    clock.advance(61.0)
    later = PostgresLedger(url, patience=9.0, clock=clock)
    claimed(later)
    claimed(later, LedgerKey("s", "and one that shows that the first one's errand is done"))
    later.close()
    with psycopg.connect(url) as connection:
        ((left,),) = connection.execute("SELECT count(*) FROM seeother_claim").fetchall()

    assert counted == 5
    assert freed == 5
    assert left == 2


def test_child_has_connections_of_its_own(url: str) -> None:
    """Made by fork while the parent's were open: neither reads what the other was told."""
    ledger = PostgresLedger(url, patience=9.0)
    claim = claimed(ledger)

    child = os.fork()
    if child == 0:
        try:
            other = ledger.claim(LedgerKey("s", "child"), b"print", 60.0)
            os._exit(0 if isinstance(other, Granted) else 1)
        finally:
            os._exit(2)
    _, status = os.waitpid(child, 0)

    assert status == 0
    assert ledger.settle(claim, ANSWER, 60.0)
    assert isinstance(ledger.claim(LedgerKey("s", "child"), b"print", 60.0), Running)
    ledger.close()


def test_leases_run_by_the_servers_clock(url: str) -> None:
    """Without a clock of ours: what ran out there has run out for all."""
    ledger = PostgresLedger(url, patience=9.0)
    claimed(ledger, lease=0.0)

    assert ledger.claim(KEY, b"print", 60.0) == Unknown()
    ledger.close()


# Notes, in the transaction of each claim, how it is committed.
WITNESS = """
CREATE TABLE witness (committed text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO witness VALUES (current_setting('synchronous_commit')); RETURN NULL;
END $$;
CREATE TRIGGER noted AFTER INSERT ON seeother_claim FOR EACH STATEMENT EXECUTE FUNCTION note();
"""


@pytest.mark.parametrize(("chosen", "kept"), [("off", "on"), ("remote_apply", "remote_apply")])
def test_role_with_choices_of_its_own(url: str, chosen: str, kept: str) -> None:
    """A claim that a crash forgets is none, so it is on disk at least; and claims that meet see each other."""
    ledger = PostgresLedger(
        f"{url}%20-csynchronous_commit%3D{chosen}%20-cdefault_transaction_isolation%3Dserializable", patience=9.0
    )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(WITNESS)

    with ThreadPoolExecutor(16) as pool:
        verdicts = [each.result() for each in [pool.submit(ledger.claim, KEY, b"print", 60.0) for _ in range(64)]]
    with psycopg.connect(url) as connection:
        committed = connection.execute("SELECT DISTINCT committed FROM witness").fetchall()

    assert sorted(type(verdict).__name__ for verdict in verdicts) == ["Granted", *["Running"] * 63]
    assert committed == [(kept,)]
    ledger.close()
