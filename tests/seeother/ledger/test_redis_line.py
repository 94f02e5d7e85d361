# SPDX-License-Identifier: Apache-2.0
"""The ledger in Redis on event loops: pipelines, faults, and who no longer waits."""

import asyncio
from collections.abc import Callable, Sequence
from secrets import token_hex

import pytest
import redis
import uvloop

from seeother.errors import StoreError
from seeother.ledger.redis import RedisLedger
from seeother.ledger.redis_fitness import server_time
from seeother.ledger.redis_steps import Reply
from seeother.message import Response
from seeother.policy import Finished, Granted, LedgerKey, Running
from tests.servers.redis_server import DURABLE, OwnRedis, RedisServer
from tests.servers.relay import Relay

KEY = LedgerKey("s", "k")
ANSWER = Response(303, ((b"location", b"/orders/7"),))
OwnRedisMaker = Callable[..., OwnRedis]


def opened(url: str) -> RedisLedger:
    """A ledger with keys of its own, on a server whose forgetting is accepted."""
    return RedisLedger(url, prefix=token_hex(4), loss_accepted=True)


async def claimed(ledger: RedisLedger, key: LedgerKey = KEY) -> Granted:
    """The claim of a key that must be free."""
    verdict = await ledger.awaitable.claim(key, b"print", 60.0)
    assert isinstance(verdict, Granted)
    return verdict


async def settled(ledger: RedisLedger, name: str) -> None:
    """Claim a key and settle it: there is a connection, and the server has the scripts."""
    assert await ledger.awaitable.settle(await claimed(ledger, LedgerKey("s", name)), ANSWER, 60.0)


async def eventually_granted(ledger: RedisLedger, key: LedgerKey = KEY) -> Granted:
    """The claim of a key that will be free soon."""
    while True:
        verdict = await ledger.awaitable.claim(key, b"print", 60.0)
        if isinstance(verdict, Granted):
            return verdict
        assert isinstance(verdict, Running)
        await asyncio.sleep(0.01)


async def test_calls_of_one_turn_travel_together(redis_server: RedisServer) -> None:
    """A hundred claims are read by the server in a few gulps, and each hears its own answer."""
    ledger = opened(redis_server.url)
    await settled(ledger, "before")
    with redis.Redis.from_url(redis_server.url) as client:
        before = client.info("stats")["total_reads_processed"]
        keys = [LedgerKey("s", str(number)) for number in range(100)]
        verdicts = await asyncio.gather(*[ledger.awaitable.claim(key, b"print", 60.0) for key in keys * 2])
        reads = client.info("stats")["total_reads_processed"] - before
    ledger.close()

    assert [verdict.key for verdict in verdicts[:100] if isinstance(verdict, Granted)] == keys
    assert all(isinstance(verdict, Running) for verdict in verdicts[100:])
    assert reads < 20


async def test_restart_is_survived(own_redis: OwnRedisMaker) -> None:
    """What is asked while the server is away is told so, and then all goes on."""
    server = own_redis(*DURABLE)
    ledger = opened(server.url)
    claim = await claimed(ledger)

    server.kill()
    asked = [ledger.awaitable.claim(LedgerKey("s", str(number)), b"print", 60.0) for number in range(20)]
    errors = await asyncio.gather(*asked, return_exceptions=True)
    server.start()

    assert all(isinstance(error, StoreError) and error.retryable for error in errors)
    assert await ledger.awaitable.renew(claim, 60.0)
    assert await ledger.awaitable.settle(claim, ANSWER, 60.0)
    assert await ledger.awaitable.claim(KEY, b"print", 60.0) == Finished(ANSWER)
    ledger.close()


async def test_pause_is_not_waited_for(own_redis: OwnRedisMaker) -> None:
    """Claims fail soon, also those behind them, and hold nothing afterwards; outcomes that come late count."""
    server = own_redis()
    ledger = opened(server.url)
    await settled(ledger, "before")
    running = await claimed(ledger, LedgerKey("s", "running"))

    server.pause()
    async with asyncio.timeout(10):
        first = asyncio.gather(
            ledger.awaitable.settle(running, ANSWER, 60.0),
            ledger.awaitable.claim(LedgerKey("s", "sent"), b"print", 60.0),
            return_exceptions=True,
        )
        await asyncio.sleep(0.1)
        more = [ledger.awaitable.claim(LedgerKey("s", str(number)), b"print", 60.0) for number in range(20)]
        errors = await asyncio.gather(*more, return_exceptions=True)
        server.resume()
        told, sent = await first

    assert told is True  # how an action ended is told until it is heard
    assert [type(error) for error in (*errors, sent)] == [StoreError] * 21
    await claimed(ledger, LedgerKey("s", "sent"))
    for number in range(20):
        await claimed(ledger, LedgerKey("s", str(number)))
    assert await ledger.awaitable.claim(LedgerKey("s", "running"), b"print", 60.0) == Finished(ANSWER)
    ledger.close()


async def test_claim_of_one_who_left_is_released(own_redis: OwnRedisMaker) -> None:
    """It was sent, then its caller was cancelled: nothing has begun, and the key must not be held for a lease."""
    server = own_redis()
    ledger = opened(server.url)
    await settled(ledger, "before")

    server.pause()
    leaving = asyncio.ensure_future(ledger.awaitable.claim(KEY, b"print", 60.0))
    await asyncio.sleep(0.02)
    leaving.cancel()
    server.resume()
    async with asyncio.timeout(10):
        await eventually_granted(ledger)

    assert leaving.cancelled()
    ledger.close()


async def test_claim_of_one_who_left_at_once_is_not_made(redis_server: RedisServer) -> None:
    """Its caller was cancelled before it was sent; an outcome is written down all the same."""
    ledger = opened(redis_server.url)
    claim = await claimed(ledger)

    leaving = asyncio.ensure_future(ledger.awaitable.claim(LedgerKey("s", "left"), b"print", 60.0))
    telling = asyncio.ensure_future(ledger.awaitable.settle(claim, ANSWER, 60.0))
    await asyncio.sleep(0)
    leaving.cancel()
    telling.cancel()
    await asyncio.gather(leaving, telling, return_exceptions=True)

    await claimed(ledger, LedgerKey("s", "left"))
    assert await ledger.awaitable.claim(KEY, b"print", 60.0) == Finished(ANSWER)
    ledger.close()


async def test_lost_answers_are_asked_for_again(redis_server: RedisServer, relay: Callable[[int], Relay]) -> None:
    """A whole pipeline was carried out, its answers were lost: each is granted all the same, and once."""
    between = relay(redis_server.port)
    ledger = opened(f"redis://127.0.0.1:{between.port}/0")
    await settled(ledger, "before")
    keys = [LedgerKey("s", f"k{number}") for number in range(10)]

    between.cut_after(b"claim:1:sk")
    claims = await asyncio.gather(*[claimed(ledger, key) for key in keys])
    between.cut_after(b"claim:1:sk")
    done = await asyncio.gather(*[ledger.awaitable.settle(claim, ANSWER, 60.0) for claim in claims])

    assert between.cuts == 2
    assert [claim.key for claim in claims] == keys
    assert done == [True] * 10
    assert ledger.unknown(9) == []
    ledger.close()


async def test_flushed_scripts_are_brought_along(redis_server: RedisServer) -> None:
    """In the middle of a pipeline, and no answer goes to another's question."""
    ledger = opened(redis_server.url)
    await settled(ledger, "before")
    running = await claimed(ledger)
    with redis.Redis.from_url(redis_server.url) as client:
        client.script_flush()

    known, written, new, renewed = await asyncio.gather(
        ledger.awaitable.claim(LedgerKey("s", "before"), b"print", 60.0),
        ledger.awaitable.settle(running, ANSWER, 60.0),
        ledger.awaitable.claim(LedgerKey("s", "new"), b"print", 60.0),
        ledger.awaitable.renew(running, 60.0),
    )

    assert known == Finished(ANSWER)
    assert written
    assert isinstance(new, Granted)
    assert not renewed
    ledger.close()


async def test_clock_that_is_set_is_learnt_anew(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's clock has been set ahead since we asked it: a claim is not refused for that."""
    ledger = opened(redis_server.url)

    def an_hour_ago(replies: Sequence[Reply | Exception]) -> float:
        return server_time(replies) - 3600.0

    monkeypatch.setattr("seeother.ledger.redis_line.server_time", an_hour_ago)

    await claimed(ledger)
    ledger.close()


async def test_refused_call_harms_no_other(own_redis: OwnRedisMaker) -> None:
    """A full server still replays, in the same pipeline."""
    server = own_redis()
    ledger = opened(server.url)
    await settled(ledger, "done")
    with redis.Redis.from_url(server.url) as client:
        client.config_set("maxmemory", "1mb")

    new, done = await asyncio.gather(
        ledger.awaitable.claim(KEY, b"print", 60.0),
        ledger.awaitable.claim(LedgerKey("s", "done"), b"print", 60.0),
        return_exceptions=True,
    )

    assert isinstance(new, StoreError)
    assert isinstance(done, Finished | StoreError)
    ledger.close()


@pytest.mark.parametrize("factory", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_each_loop_has_a_connection(
    redis_server: RedisServer, factory: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    """One ledger serves loops that come and go; what they leave behind is closed."""
    ledger = opened(redis_server.url)

    for number in range(3):
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(settled(ledger, str(number)))

    assert ledger.claim(LedgerKey("s", "2"), b"print", 60.0) == Finished(ANSWER)
    ledger.close()


async def test_closed_ledger_leaves_no_task(redis_server: RedisServer) -> None:
    """Its connection is closed by the loop, soon."""
    ledger = opened(redis_server.url)
    await settled(ledger, "one")

    others = asyncio.all_tasks() - {asyncio.current_task()}
    ledger.close()
    done, _ = await asyncio.wait(others, timeout=10)

    assert len(others) == 1
    assert done == others
