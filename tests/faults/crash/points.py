# SPDX-License-Identifier: Apache-2.0
"""Every point at which something is written, by name: where a component dies, and what it has to do to get there."""

from dataclasses import dataclass

import psycopg
from redis.asyncio.connection import AbstractConnection as AsyncWire
from redis.connection import AbstractConnection as Wire

from seeother.ledger import AsyncOutbox, MemoryLedger, Outbox, SQLiteLedger, postgres_line
from seeother.ledger import postgres as postgres_ledger
from seeother.ledger import redis as redis_ledger
from seeother.ledger import sqlite as sqlite_ledger
from seeother.ledger.sqlite_writer import Writer
from seeother.ledger.transaction.joined import AsyncJoined, Joined
from tests.faults.crash.cells import Cell
from tests.faults.crash.site import Client, Effects, Provider


@dataclass(frozen=True, slots=True)
class Point:
    """A label as people say it, the point as `killing` takes it, and at which of its first `most` times at random.

    `way` is what the order asks for, `errand` what is done besides: purge, deliver. `sleeps` tells that a component
    may fall asleep there for longer than its lease, without keeping all others from the store.
    """

    label: str
    point: str
    owners: tuple[type, ...]
    most: int = 1
    way: str = ""
    errand: str = ""
    sleeps: bool = False


FACES: dict[str, tuple[type, ...]] = {
    "memory": (MemoryLedger,),
    "sqlite": (SQLiteLedger, sqlite_ledger._Awaited),  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - its face
    "postgres": (postgres_ledger.PostgresLedger, postgres_ledger._Asking),  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    "redis": (redis_ledger.RedisLedger, redis_ledger._Awaitable),  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
}
# Between a call and the word that it has been done.
WIRES = {
    "memory": (),
    "sqlite": (
        Point("after send", "after put", (Writer,), most=2),
        Point("before the store's commit", "before _attempt", (Writer,), most=2),
        Point("after the store's commit", "after _attempt", (Writer,), most=2),
        Point("before word of it", "before _tell", (Writer,), most=2),
    ),
    "postgres": (
        Point("after send", "after execute", (psycopg.AsyncConnection,), most=8),
        Point("after the store's commit", "before _reply", (postgres_line._Line,), most=2),  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    ),
    "redis": (
        Point("after send", "after send_packed_command", (AsyncWire, Wire), most=7),
        Point("after the store's commit", "after read_response", (AsyncWire, Wire), most=12),
    ),
}
_ANSWER = (
    Point("mid-response", "before head", (Client,), sleeps=True),
    Point("mid-response", "after head", (Client,)),
    Point("mid-response", "after part", (Client,), most=2),
)


def _transaction(joined: tuple[type, ...]) -> tuple[Point, ...]:
    return (
        Point("before claim", "before open", joined),
        Point("after send", "after run", joined, most=3),
        Point("after ack", "after open", joined, sleeps=True),
        Point("before business commit", "before commit", joined, sleeps=True),
        Point("after business commit", "after commit", joined, sleeps=True),
        Point("after business commit", "before close", joined),
        Point("before release", "before rollback", joined, way="fails"),
        Point("after release", "after rollback", joined, way="fails"),
        Point("outbox delivery", "before _do", (Outbox, AsyncOutbox), most=3, errand="deliver"),
        Point("outbox delivery", "after _do", (Outbox, AsyncOutbox), most=3, errand="deliver"),
        Point("outbox delivery", "before charge", (Provider,), errand="deliver"),
        Point("outbox delivery", "after charge", (Provider,), errand="deliver", sleeps=True),
        Point("during purge", "before _purge", (Outbox, AsyncOutbox), errand="deliver"),
        Point("during purge", "after _purge", (Outbox, AsyncOutbox), errand="deliver"),
    )


def points(cell: Cell) -> tuple[Point, ...]:
    """All points of a cell; of one without a name its parent chooses the moment."""
    face = FACES[cell.ledger]
    last = "abandon" if cell.policy == "unknown" else "release"
    ledger = (
        Point("before claim", "before claim", face),
        Point("after ack", "after claim", face, sleeps=True),
        Point("before business commit", "before commit", (Effects,), sleeps=True),
        Point("after business commit", "after commit", (Effects,), sleeps=True),
        Point("before settle", "before settle", face, sleeps=True),
        Point("after settle", "after settle", face, sleeps=True),
        Point(f"before {last}", f"before {last}", face, way="fails"),
        Point(f"after {last}", f"after {last}", face, way="fails"),
        Point("during renew", "before renew", face, way="slow", sleeps=True),
        Point("during renew", "after renew", face, way="slow", sleeps=True),
        Point("during purge", "before purge", face, errand="purge"),
        Point("during purge", "after purge", face, errand="purge"),
        *WIRES[cell.ledger],
    )
    both = tuple([each for each in ledger if each.owners != (Effects,) and not each.errand])
    if not cell.is_transactional:
        return ledger + _ANSWER
    doors = (*Joined.__subclasses__(), *AsyncJoined.__subclasses__())  # those that a rehearsal has opened
    return (*_transaction(doors), *_ANSWER, *(both if cell.ledger == "redis" else ()))
