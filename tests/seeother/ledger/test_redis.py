# SPDX-License-Identifier: Apache-2.0
"""What is special about the ledger in Redis: its server's faults, its processes, its errors."""

import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from secrets import token_hex

import pytest
import redis

from seeother.errors import SettingsError, StoreError
from seeother.ledger import open_ledger
from seeother.ledger.redis import RedisLedger
from seeother.message import Response
from seeother.policy import Finished, Granted, LedgerKey, Running, Unknown, Verdict
from tests.clock import FakeClock
from tests.servers.program import free_port
from tests.servers.redis_server import DURABLE, OwnRedis, RedisServer
from tests.servers.relay import Relay

KEY = LedgerKey("s", "k")
ANSWER = Response(303, ((b"location", b"/orders/7"),))
OwnRedisMaker = Callable[..., OwnRedis]


def opened(url: str) -> RedisLedger:
    """A ledger with keys of its own, on a server whose forgetting is accepted."""
    return RedisLedger(url, prefix=token_hex(4), loss_accepted=True, patience=2.0)  # the machine may be busy


def claimed(ledger: RedisLedger, key: LedgerKey = KEY, *, lease: float = 60.0) -> Granted:
    """The claim of a key that must be free."""
    verdict = ledger.claim(key, b"print", lease)
    assert isinstance(verdict, Granted)
    return verdict


def test_restart_loses_nothing(own_redis: OwnRedisMaker) -> None:
    """With each write on disk before it is answered; and the ledger finds its server again by itself."""
    server = own_redis(*DURABLE)
    ledger = opened(server.url)
    running, done = LedgerKey("s", "running"), LedgerKey("s", "done")
    first = claimed(ledger, running)
    ledger.settle(claimed(ledger, done), ANSWER, 600.0)

    server.kill()
    with pytest.raises(StoreError, match="check that it runs") as caught:
        ledger.claim(LedgerKey("s", "new"), b"print", 60.0)
    server.start()

    assert caught.value.retryable
    assert isinstance(ledger.claim(running, b"print", 60.0), Running)
    assert ledger.claim(done, b"print", 60.0) == Finished(ANSWER)
    assert ledger.settle(first, ANSWER, 600.0)
    assert ledger.claim(running, b"print", 60.0) == Finished(ANSWER)
    assert claimed(ledger, LedgerKey("s", "new")).token > first.token
    ledger.close()


def test_server_that_forgets_is_told_of(own_redis: OwnRedisMaker) -> None:
    """An outcome is not taken for written down; and no token is given a second time, so a stale owner moves nothing."""
    server = own_redis()
    ledger = opened(server.url)
    stale = claimed(ledger)

    server.kill()
    server.start()
    with pytest.raises(StoreError, match=r"has lost data.*appendonly yes"):
        ledger.settle(stale, ANSWER, 60.0)
    fresh = claimed(ledger)

    assert fresh.token > stale.token
    assert not ledger.settle(stale, ANSWER, 60.0)
    assert not ledger.release(stale)
    assert ledger.settle(fresh, ANSWER, 60.0)
    with pytest.raises(StoreError, match="has lost data"):
        ledger.settle(Granted(LedgerKey("s", "another"), stale.token), ANSWER, 60.0)
    ledger.close()


def test_claim_that_comes_too_late_is_not_granted(own_redis: OwnRedisMaker) -> None:
    """Who asked has been told that the ledger is away: it must not hold the key now."""
    server = own_redis()
    ledger = opened(server.url)
    claimed(ledger, LedgerKey("s", "before"))  # there is a connection

    server.pause()
    for _ in range(2):  # on a connection that is there, and on a new one
        with pytest.raises(StoreError) as caught:
            ledger.claim(KEY, b"print", 60.0)
        assert caught.value.retryable
    server.resume()

    claimed(ledger)
    ledger.close()


@pytest.mark.parametrize("fault", ["pause", "kill"])
def test_outcome_is_told_until_it_is_heard(own_redis: OwnRedisMaker, fault: str) -> None:
    """A server that is away for a moment learns how an action ended; it may have heard it the first time, too."""
    server = own_redis(*DURABLE)
    ledger = opened(server.url)
    ledger.settle(claimed(ledger, LedgerKey("s", "before")), ANSWER, 60.0)  # the server has the script
    claim = claimed(ledger)

    with ThreadPoolExecutor(1) as pool:
        getattr(server, fault)()
        settled = pool.submit(ledger.settle, claim, ANSWER, 60.0)
        with pytest.raises(StoreError):
            ledger.claim(KEY, b"print", 60.0)
        assert not settled.done()
        getattr(server, {"pause": "resume", "kill": "start"}[fault])()

        assert settled.result()
    assert ledger.claim(KEY, b"print", 60.0) == Finished(ANSWER)
    ledger.close()


def test_outcome_that_is_never_heard_is_given_up(own_redis: OwnRedisMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever."""
    monkeypatch.setattr("seeother.ledger.redis_threads.ENDING_SECONDS", 1.0)
    server = own_redis()
    ledger = RedisLedger(server.url, loss_accepted=True, patience=0.04)
    claim = next(verdict for _ in range(99) if isinstance(verdict := _tried(ledger), Granted))

    server.kill()

    with pytest.raises(StoreError, match="check that it runs"):
        ledger.settle(claim, ANSWER, 60.0)
    ledger.close()


def _tried(ledger: RedisLedger) -> Verdict | None:
    """A claim, on a machine that may be too busy for it."""
    try:
        return ledger.claim(LedgerKey("s", token_hex(4)), b"print", 60.0)
    except StoreError:
        return None


def test_scripts_are_brought_along_when_they_are_gone(redis_server: RedisServer) -> None:
    """As after a restart, or a `SCRIPT FLUSH`."""
    ledger = opened(redis_server.url)
    with redis.Redis.from_url(redis_server.url) as client:
        client.script_flush()
        claim = claimed(ledger)
        client.script_flush()
        settled = ledger.settle(claim, ANSWER, 60.0)

    assert settled
    assert ledger.claim(KEY, b"print", 60.0) == Finished(ANSWER)
    ledger.close()


def test_lost_answer_is_asked_for_again(redis_server: RedisServer, relay: Callable[[int], Relay]) -> None:
    """The step was made, its answer and the connection were lost: it is not made twice, and not taken for another's."""
    between = relay(redis_server.port)
    ledger = opened(f"redis://127.0.0.1:{between.port}/0")
    claimed(ledger, LedgerKey("s", "before"))

    between.cut_after(b"claim:1:sk")
    claim = claimed(ledger)
    between.cut_after(b"claim:1:sk")
    settled = ledger.settle(claim, ANSWER, 60.0)
    verdict = ledger.claim(KEY, b"print", 60.0)
    released = claimed(ledger, LedgerKey("s", "released"))
    between.cut_after(b"released")
    freed = ledger.release(released)
    abandoned = claimed(ledger, LedgerKey("s", "abandoned"))
    between.cut_after(b"abandoned")
    left = ledger.abandon(abandoned)

    assert between.cuts == 4
    assert settled
    assert verdict == Finished(ANSWER)
    assert freed
    assert left
    assert not ledger.settle(claim, ANSWER, 60.0)
    assert [doubt.granted for doubt in ledger.unknown(9)] == [abandoned]
    ledger.close()


def test_killed_connection_is_opened_anew(redis_server: RedisServer) -> None:
    """The server closes what rests for long; no call fails for it."""
    ledger = opened(redis_server.url)
    claim = claimed(ledger)
    with redis.Redis.from_url(redis_server.url) as client:
        client.client_kill_filter(_type="normal", skipme=True)

    assert ledger.settle(claim, ANSWER, 60.0)
    ledger.close()


def test_server_may_be_away_at_first() -> None:
    """A site starts without its ledger: only its actions wait."""
    ledger = opened(f"redis://127.0.0.1:{free_port()}/0")

    with pytest.raises(StoreError, match="check that it runs"):
        ledger.claim(KEY, b"print", 60.0)
    ledger.close()


def test_server_that_evicts_is_refused(own_redis: OwnRedisMaker) -> None:
    """It would let actions happen twice when it is full; unless somebody says that this is fine."""
    url = own_redis("--maxmemory-policy", "allkeys-lru").url

    with pytest.raises(SettingsError, match="maxmemory-policy noeviction") as caught:
        open_ledger(f"{url}?loss=accepted")
    accepted = open_ledger(f"{url}?loss=accepted&eviction=accepted")

    assert caught.value.key == "ledger.url"
    assert isinstance(accepted.claim(KEY, b"print", 60.0), Granted)
    accepted.close()


def test_replica_is_refused(own_redis: OwnRedisMaker, redis_server: RedisServer) -> None:
    """It takes no claims, and what it says is old."""
    url = own_redis("--replicaof", "127.0.0.1", str(redis_server.port)).url

    with pytest.raises(SettingsError, match="name the primary"):
        open_ledger(f"{url}?loss=accepted")


def test_server_that_begins_to_evict_is_refused(own_redis: OwnRedisMaker) -> None:
    """Each new connection asks; what was fine at the start need not be fine tomorrow."""
    server = own_redis()
    ledger = opened(server.url)
    with redis.Redis.from_url(server.url) as client:
        client.config_set("maxmemory-policy", "volatile-ttl")

    with pytest.raises(StoreError, match="volatile-ttl") as caught:
        ledger.claim(KEY, b"print", 60.0)

    assert not caught.value.retryable
    ledger.close()


def test_full_server_says_so(own_redis: OwnRedisMaker) -> None:
    """It takes no new claim, and forgets none."""
    server = own_redis("--maxmemory", "3mb")
    ledger = opened(server.url)
    ledger.settle(claimed(ledger), ANSWER, 600.0)

    def fill() -> None:
        for number in range(100):
            claim = claimed(ledger, LedgerKey("s", str(number)))
            ledger.settle(claim, Response(200, (), os.urandom(500_000)), 600.0)

    with pytest.raises(StoreError, match="maxmemory"):
        fill()

    assert ledger.claim(KEY, b"print", 60.0) == Finished(ANSWER)
    ledger.close()


@pytest.mark.parametrize(("options", "warnings"), [((), 1), (DURABLE, 0)])
def test_server_that_writes_nothing_is_warned_of(
    own_redis: OwnRedisMaker, caplog: pytest.LogCaptureFixture, options: tuple[str, ...], warnings: int
) -> None:
    """Once, with what to do about it."""
    url = own_redis(*options).url

    with caplog.at_level(logging.WARNING, logger="seeother.ledger"):
        ledger = RedisLedger(url)
        claimed(ledger)
    ledger.close()

    assert [("appendfsync always" in each.message) for each in caplog.records] == [True] * warnings


def test_nothing_stays_for_ever(redis_server: RedisServer) -> None:
    """Each key has its time; beside them stay one counter, and one set of what is open and is emptied."""
    clock = FakeClock()
    ledger = RedisLedger(redis_server.url, prefix="mortal", loss_accepted=True, clock=clock, keep_unknown=9.0)
    ledger.settle(claimed(ledger, LedgerKey("s", "done")), ANSWER, 5.0)
    ledger.abandon(claimed(ledger, LedgerKey("s", "left")))
    claimed(ledger, LedgerKey("s", "begun"), lease=1.0)

    with redis.Redis.from_url(redis_server.url) as client:
        lives = {str(name): client.pttl(name) for name in client.keys("{mortal}:*")}
    clock.advance(10.0)
    claimed(ledger, LedgerKey("s", "next"))
    with redis.Redis.from_url(redis_server.url) as client:
        open_ = client.zrange("{mortal}:open", 0, -1)
    ledger.close()

    assert all(isinstance(life, int) and 0 < life < 70_000 for name, life in lives.items() if ":claim:" in name)
    assert sorted(name for name in lives if ":claim:" not in name) == ["b'{mortal}:open'", "b'{mortal}:tokens'"]
    assert open_ == [b"{mortal}:claim:1:snext"]


def test_leases_run_by_the_servers_clock(redis_server: RedisServer) -> None:
    """Without a clock of ours: what ran out there has run out for all."""
    ledger = opened(redis_server.url)
    claimed(ledger, lease=0.0)

    assert ledger.claim(KEY, b"print", 60.0) == Unknown()
    ledger.close()


def test_child_has_connections_of_its_own(redis_server: RedisServer) -> None:
    """Made by fork while the parent's was open: neither reads what the other was told."""
    ledger = opened(redis_server.url)
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


def test_wrong_password_is_told_without_it(own_redis: OwnRedisMaker) -> None:
    """What is wrong ends up in logs."""
    server = own_redis("--requirepass", "hunter2")
    right = opened(f"redis://:hunter2@127.0.0.1:{server.port}/0")
    wrong = opened(f"redis://:hunter3@127.0.0.1:{server.port}/0")

    claimed(right)
    with pytest.raises(StoreError) as caught:
        wrong.claim(KEY, b"print", 60.0)
    right.close()
    wrong.close()

    assert "password" in str(caught.value)
    assert "hunter" not in str(caught.value)
