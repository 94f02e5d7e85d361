# SPDX-License-Identifier: Apache-2.0
"""What an action that happens once costs with a ledger in Redis, beside two peers with theirs in the same Redis.

Claim: fence, lease, scope and fingerprint included, a new key adds at most 0.6 of what idemkit's does, and a replay
takes at most three quarters of idemkit's. Aimed at are 110 us of CPU added to a new key's action, and 65 a replay.

The application is called in process by eight drivers at once, and time is that of this process: Redis's own is not in
it, and is printed beside it. What all drivers ask in one turn of the event loop leaves as one pipeline, so the figures
are given for one driver, too, where nothing can be shared. `guard` is the guard around the action without idempotency:
what idempotency adds is the difference to it, for all else it does for any action; the difference to the bare
application is printed, too. With the ledger in memory it shows what of it is Redis.
"""

import asyncio
import gc
import logging
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Generator, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import psutil
import uvloop
from idemkit import HttpConfig, IdempotencyMiddleware
from idemkit.backends.redis import RedisBackend
from idempotency_header_middleware import IdempotencyHeaderMiddleware
from idempotency_header_middleware.backends import RedisBackend as HeaderRedisBackend
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from seeother.asgi import Guard
from seeother.settings import read_settings

ROUNDS = 9
REQUESTS = 400  # a round
DRIVERS = 8
NEW_US, REPLAY_US = 110.0, 65.0  # aimed at
NEW_SHARE, REPLAY_SHARE = 0.6, 0.75  # claimed
START_SECONDS = 10.0
CONTENT = b'{"sku":"a","qty":1}'
FIELDS = (
    (b"host", b"shop.example"), (b"content-type", b"application/json"), (b"content-length", b"%d" % len(CONTENT)),
    (b"authorization", b"Bearer 7d1f0c1e3b2a4958877695a4b3c2d1e0"),
)  # fmt: skip

Message = MutableMapping[str, Any]
Application = Callable[..., Awaitable[None]]


@dataclass
class Variant:
    """An application; microseconds of CPU a request by round, and Redis's for the same."""

    app: Application
    drivers: int = DRIVERS
    replays: bool = True
    new: list[float] = field(default_factory=list[float])
    replay: list[float] = field(default_factory=list[float])
    redis_new: list[float] = field(default_factory=list[float])
    redis_replay: list[float] = field(default_factory=list[float])


async def order(request: Request) -> JSONResponse:
    """A trivial action that reads its content."""
    await request.json()
    return JSONResponse({"id": 1, "status": "created"}, 201)


def shop() -> Starlette:
    """The application."""
    return Starlette(routes=[Route("/orders", order, methods=["POST"])])


def guarded(url: str, idempotency: str = "required") -> Guard:
    """The application with the guard."""
    route = {"match": "POST /orders", "kind": "action", "idempotency": idempotency}
    return Guard(shop(), read_settings({"ledger": {"url": url}, "route": [route]}, {}))


def with_peer(middleware: Callable[..., Any], **options: object) -> Starlette:
    """The application behind a peer."""
    app = shop()
    app.add_middleware(middleware, **options)
    return app


def variants(port: int) -> dict[str, Variant]:
    """What is compared."""
    url = f"redis://127.0.0.1:{port}"
    single = HttpConfig(scope_mode="single_tenant", lease_ttl_seconds=30, expires_after_seconds=86_400)
    return {
        "bare": Variant(shop(), replays=False),
        "guard": Variant(guarded("memory://", "off"), replays=False),
        "guard, once, in memory": Variant(guarded("memory://")),
        "guard, once": Variant(guarded(f"{url}/0?loss=accepted")),
        "guard, once, one driver": Variant(guarded(f"{url}/1?loss=accepted"), drivers=1),
        "idemkit": Variant(with_peer(IdempotencyMiddleware, backend=RedisBackend.from_url(f"{url}/2"), config=single)),
        "asgi-idempotency-header": Variant(
            with_peer(
                IdempotencyHeaderMiddleware,
                backend=HeaderRedisBackend(Redis.from_url(f"{url}/3"), expiry=86_400),
            )
        ),
    }


@contextmanager
def redis_server() -> Generator[tuple[int, psutil.Process]]:
    """A private Redis on this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        options = f"--port {port} --bind 127.0.0.1 --appendonly no --dir {folder} --loglevel warning"
        server = subprocess.Popen(["redis-server", *options.split(), "--save", ""], stdout=subprocess.DEVNULL)
        try:
            limit = time.monotonic() + START_SECONDS
            while not listens(port):
                if time.monotonic() > limit:
                    raise TimeoutError("Redis did not start")
                time.sleep(0.01)
            yield port, psutil.Process(server.pid)
        finally:
            server.terminate()
            server.wait()


def listens(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


async def ask(app: Application, key: bytes) -> tuple[int, bool]:
    """One request; the status, and whether the answer is marked as a replay."""
    status, replayed, unread = 0, False, True

    async def receive() -> Message:
        nonlocal unread
        if not unread:
            await asyncio.Event().wait()
        unread = False
        return {"type": "http.request", "body": CONTENT, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, replayed
        if message["type"] == "http.response.start":
            status = message["status"]
            replayed = any(b"replay" in name.lower() for name, _ in message["headers"])

    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "POST",
        "scheme": "http", "path": "/orders", "raw_path": b"/orders", "query_string": b"", "root_path": "",
        "headers": [*FIELDS, (b"idempotency-key", key)], "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 80),
        "state": {},
    }  # fmt: skip
    await app(scope, receive, send)
    return status, replayed


async def drive(variant: Variant, keys: list[bytes], *, replays: bool) -> None:
    """Have the drivers send one request for each key; anything but what is expected measures something else."""

    async def driver(own: Iterator[bytes]) -> None:
        for key in own:
            got = await ask(variant.app, key)
            if got != (201, replays):
                raise RuntimeError(f"{got} for {'a replay' if replays else 'a new key'}: this measures something else")

    shared = iter(keys)
    await asyncio.gather(*[driver(shared) for _ in range(variant.drivers)])


def measure(
    loop: asyncio.AbstractEventLoop,
    redis: psutil.Process,
    variant: Variant,
    keys: list[bytes],
    *,
    replays: bool = False,
) -> tuple[float, float]:
    """Microseconds of CPU a request, ours and Redis's."""
    gc.collect()
    gc.freeze()
    theirs, began = sum(redis.cpu_times()[:2]), time.process_time()
    loop.run_until_complete(drive(variant, keys, replays=replays))
    taken = time.process_time() - began
    gc.unfreeze()
    return taken / len(keys) * 1e6, (sum(redis.cpu_times()[:2]) - theirs) / len(keys) * 1e6


def round_of(loop: asyncio.AbstractEventLoop, redis: psutil.Process, variant: Variant, *, counts: bool) -> None:
    """Measure a variant once, with new keys and then with the same."""
    keys = [b'"%b"' % uuid4().hex.encode() for _ in range(REQUESTS)]
    new, redis_new = measure(loop, redis, variant, keys)
    replay, redis_replay = measure(loop, redis, variant, keys, replays=True) if variant.replays else (0.0, 0.0)
    if counts:
        variant.new.append(new)
        variant.replay.append(replay)
        variant.redis_new.append(redis_new)
        variant.redis_replay.append(redis_replay)


def added(variant: Variant, other: Variant) -> list[float]:
    """What a new key takes more than it does with the other, by round."""
    return [own - theirs for own, theirs in zip(variant.new, other.new, strict=True)]


def report(all_of_them: dict[str, Variant]) -> None:
    """Print what was measured: medians, and how far the rounds lie apart."""
    bare, guard = all_of_them["bare"], all_of_them["guard"]
    print(f"{'us CPU a request':24} {'new':>6} {'over bare':>10} {'iqr':>6} {'over guard':>11} {'Redis':>6} "
          f"{'replay':>7} {'iqr':>6} {'Redis':>6}")  # fmt: skip
    for name, variant in all_of_them.items():
        extra, over_guard = added(variant, bare), added(variant, guard)
        line = f"{name:24} {statistics.median(variant.new):6.1f} {statistics.median(extra):10.1f} {apart(extra):6.1f}"
        line += f" {statistics.median(over_guard):11.1f} {statistics.mean(variant.redis_new):6.1f}"
        if variant.replays:
            line += f" {statistics.median(variant.replay):7.1f} {apart(variant.replay):6.1f}"
            line += f" {statistics.mean(variant.redis_replay):6.1f}"
        print(line)


def apart(values: list[float]) -> float:
    """The range of the middle half."""
    quarters = statistics.quantiles(values, n=4)
    return quarters[2] - quarters[0]


def holds(what: str, value: float, claim: float) -> bool:
    """Print a claim beside what was measured, and whether it holds."""
    held = value <= claim
    print(f"{what}: {value:.2f}, claimed at most {claim}: {'holds' if held else 'FAILS'}")
    return held


def main() -> int:
    """Measure, print, and answer 1 when a claim does not hold."""
    if shutil.which("redis-server") is None:
        print("no redis-server here: nothing is measured")
        return 0
    logging.disable(logging.CRITICAL)  # idemkit warns of its scope
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    with redis_server() as (port, redis):
        compared = variants(port)
        for turn in range(ROUNDS + 1):  # the first is to get warm
            for name in random.sample(list(compared), len(compared)):
                round_of(loop, redis, compared[name], counts=turn > 0)
    report(compared)
    once, idemkit = compared["guard, once"], compared["idemkit"]
    own, theirs = added(once, compared["guard"]), added(idemkit, compared["bare"])
    for what, values, aim in (("us added to a new key", own, NEW_US), ("us a replay", once.replay, REPLAY_US)):
        value = statistics.median(values)
        print(f"{what}: {value:.1f}, aimed at: {aim:.0f}, {'reached' if value <= aim else 'MISSED'}")
    ratio = statistics.median([mine / other for mine, other in zip(own, theirs, strict=True)])
    held = holds("what a new key adds, by what idemkit adds", ratio, NEW_SHARE)
    replay = statistics.median([mine / other for mine, other in zip(once.replay, idemkit.replay, strict=True)])
    held &= holds("a replay, by idemkit's", replay, REPLAY_SHARE)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
