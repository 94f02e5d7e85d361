# SPDX-License-Identifier: Apache-2.0
"""What an action that happens once costs beside the same action without, and beside four peers, in memory.

Claim: an action with a new key adds at most two thirds of what fastapi-idempotency adds, which is the one peer that
renews its lease as the guard does; and a million keys make a new one dearer by a tenth at most.

Wanted, printed beside what is measured, and not reached: idempotency adds at most 12 us of CPU to the guard's action,
and a replay is answered at twice the rate of the bare application.

The application is called in process by eight drivers at once, so that no server's cost hides the difference, and time
is that of the whole process. `guard` is the guard around the action without idempotency: what idempotency adds is the
difference to it, for all else it does for any action; the difference to the bare application is printed, too. Peers are
as they come, with a store in memory; idemkit's is meant for development and looks at all its keys on each claim, so
that its cost grows from round to round.
"""

import asyncio
import gc
import logging
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import uvloop
from fastapi_idempotency import IdempotencyMiddleware as FastapiIdempotency
from fastapi_idempotency_key import IdempotencyMiddleware as FastapiIdempotencyKey
from fastapi_idempotency_key import MemoryBackend as FastapiIdempotencyKeyMemory
from idemkit import HttpConfig, IdempotencyMiddleware, InMemoryBackend
from idempotency_header_middleware import IdempotencyHeaderMiddleware
from idempotency_header_middleware.backends import MemoryBackend
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from seeother.asgi import Guard
from seeother.policy import LedgerKey
from seeother.settings import read_settings

ROUNDS = 7
REQUESTS = 500  # a round
DRIVERS = 8
SHARE, GROWTH = 2 / 3, 1.1  # claimed
NEW_US, REPLAY_RATE = 12.0, 2.0  # wanted
FEW, MANY = 1_000, 990_000  # keys that are there before; a memory ledger holds a million
CONTENT = b'{"sku":"a","qty":1}'
FIELDS = (
    (b"host", b"shop.example"), (b"user-agent", b"shop-client/1.0"), (b"accept", b"application/json"),
    (b"content-type", b"application/json"), (b"content-length", b"%d" % len(CONTENT)),
    (b"authorization", b"Bearer 7d1f0c1e3b2a4958877695a4b3c2d1e0"),
)  # fmt: skip

Message = MutableMapping[str, Any]
Application = Callable[..., Awaitable[None]]


@dataclass
class Variant:
    """An application under measurement; microseconds of CPU a request by round, for new keys and for replays."""

    app: Application
    replays: bool = True
    new: list[float] = field(default_factory=list[float])
    replay: list[float] = field(default_factory=list[float])


async def order(request: Request) -> JSONResponse:
    """A trivial action that reads its content."""
    await request.json()
    return JSONResponse({"id": 1, "status": "created"}, 201)


def shop() -> Starlette:
    """The application."""
    return Starlette(routes=[Route("/orders", order, methods=["POST"])])


def guarded(**route: object) -> Guard:
    """The application with the guard and a ledger in memory."""
    declared = {"match": "POST /orders", "kind": "action", **route}
    return Guard(shop(), read_settings({"ledger": {"url": "memory://"}, "route": [declared]}, {}))


def filled(keys: int) -> Guard:
    """A guard whose ledger holds so many keys."""
    guard = guarded(idempotency="required")
    ledger = guard._gate.shared.ledger  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - only to fill it
    if ledger is None:
        raise RuntimeError("the guard has no ledger: this measures nothing")
    for number in range(keys):
        ledger.claim(LedgerKey("filled", str(number)), b"f" * 32, 3600.0)
    return guard


def with_peer(middleware: Callable[..., Any], **options: object) -> Starlette:
    """The application behind a peer."""
    app = shop()
    app.add_middleware(middleware, **options)
    return app


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


async def drive(app: Application, keys: list[bytes], *, replays: bool) -> None:
    """Have eight drivers send one request for each key; anything but what is expected measures something else."""

    async def driver(own: Iterator[bytes]) -> None:
        for key in own:
            got = await ask(app, key)
            if got != (201, replays):
                raise RuntimeError(f"{got} for {'a replay' if replays else 'a new key'}: this measures something else")

    shared = iter(keys)
    await asyncio.gather(*[driver(shared) for _ in range(DRIVERS)])


def measure(loop: asyncio.AbstractEventLoop, app: Application, keys: list[bytes], *, replays: bool = False) -> float:
    """Microseconds of CPU a request."""
    gc.collect()
    gc.freeze()  # what is remembered of earlier rounds is not this one's to sweep
    began = time.process_time()
    loop.run_until_complete(drive(app, keys, replays=replays))
    taken = (time.process_time() - began) / len(keys) * 1e6
    gc.unfreeze()
    return taken


def fresh() -> list[bytes]:
    """New keys, in quotes as the draft wants them; unquoted ones are as good to all."""
    return [b'"%b"' % uuid4().hex.encode() for _ in range(REQUESTS)]


def difference(one: list[float], other: list[float]) -> tuple[float, float]:
    """What one adds to the other, round by round: the median, and how far the rounds lie apart."""
    values = [own - theirs for own, theirs in zip(one, other, strict=True)]
    quarters = statistics.quantiles(values, n=4)
    return statistics.median(values), quarters[2] - quarters[0]


def report(variants: dict[str, Variant]) -> None:
    """Print what was measured."""
    bare, guard = variants["bare"].new, variants["guard"].new
    print(
        f"{'us CPU a request':28} {'new':>7} {'over bare':>10} {'iqr':>5} {'over guard':>11} {'replay':>7} {'rate':>6}"
    )
    for name, variant in variants.items():
        over, apart = difference(variant.new, bare)
        line = f"{name:28} {statistics.median(variant.new):7.1f} {over:10.1f} {apart:5.1f}"
        line += f" {difference(variant.new, guard)[0]:11.1f}"
        if variant.replay:
            rate = statistics.median([b / own for b, own in zip(bare, variant.replay, strict=True)])
            line += f" {statistics.median(variant.replay):7.1f} {rate:5.2f}x"
        print(line)


def holds(what: str, value: float, claim: float) -> bool:
    """Print a claim beside what was measured, and whether it holds."""
    held = value <= claim
    print(f"{what}: {value:.2f}, claimed at most {claim:.2f}: {'holds' if held else 'FAILS'}")
    return held


def main() -> int:
    """Measure, print, and answer 1 when a claim does not hold."""
    logging.disable(logging.CRITICAL)  # idemkit warns of its scope
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    single = HttpConfig(scope_mode="single_tenant", lease_ttl_seconds=30, expires_after_seconds=86_400)
    variants = {
        "bare": Variant(shop(), replays=False),
        "guard": Variant(guarded(), replays=False),
        "guard, once": Variant(guarded(idempotency="required")),
        "asgi-idempotency-header": Variant(
            with_peer(IdempotencyHeaderMiddleware, backend=MemoryBackend(expiry=86_400))
        ),
        "fastapi-idempotency": Variant(
            with_peer(FastapiIdempotency, key_window=timedelta(days=1), lease_seconds=30, heartbeat_seconds=10)
        ),
        "fastapi-idempotency-key": Variant(
            with_peer(FastapiIdempotencyKey, backend=FastapiIdempotencyKeyMemory(), default_ttl=86_400)
        ),
        "idemkit (development store)": Variant(
            with_peer(IdempotencyMiddleware, backend=InMemoryBackend(), config=single)
        ),
    }
    grown = {keys: Variant(filled(keys)) for keys in (FEW, MANY)}
    for turn in range(ROUNDS + 1):
        for name in random.sample(list(variants), len(variants)):
            variant, keys = variants[name], fresh()
            new = measure(loop, variant.app, keys)
            replay = measure(loop, variant.app, keys, replays=True) if variant.replays else None
            if turn:  # the first is to get warm
                variant.new.append(new)
                variant.replay += [] if replay is None else [replay]
        for size in random.sample(list(grown), len(grown)):
            new = measure(loop, grown[size].app, fresh())
            grown[size].new += [new] if turn else []
    report(variants)
    once, bare = variants["guard, once"], variants["bare"].new
    growth = statistics.median([many / few for many, few in zip(grown[MANY].new, grown[FEW].new, strict=True)])
    rate = statistics.median([theirs / own for theirs, own in zip(bare, once.replay, strict=True)])
    own, theirs = (difference(variants[name].new, bare)[0] for name in ("guard, once", "fastapi-idempotency"))
    added = difference(once.new, variants["guard"].new)[0]
    print(f"us added to the guard's action: {added:.1f}, wanted at most {NEW_US}")
    print(f"replays, by the bare application's rate: {rate:.2f}, wanted at least {REPLAY_RATE}")
    held = holds("a new key, by what fastapi-idempotency adds", own / theirs, SHARE)
    held &= holds(f"a new key among {MANY}, by one among {FEW}", growth, GROWTH)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
