# SPDX-License-Identifier: Apache-2.0
"""Every ledger there is, each at an address of its own, all on one clock."""

from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple

import psycopg
import pytest
from psycopg import sql

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.ledger import Ledger, open_ledger
from tests.clock import FakeClock
from tests.servers.relay import Relay

PATIENCE_SECONDS = 0.5  # of a ledger behind a relay: more than by default, for a machine that has much else to do
LATE_SECONDS = 1.2  # what is later than that

ADDRESSES: dict[str, Callable[[Path], str]] = {
    "memory": lambda _: "memory://",
    "sqlite": lambda folder: f"sqlite:///{folder}/ledger.db?synchronous=normal&patience=9",
}


def in_schema(url: str) -> str:
    """The address of a new schema of the database."""
    name = f"s{token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
    return f"{url}?patience=9&options=-csearch_path%3D{name}"


# Those of a server, by the fixture that runs it; each is emptied of nothing, so names are new.
SERVERS: dict[str, tuple[str, Callable[[str], str]]] = {
    "postgres": ("postgres_server", in_schema),
    "redis": ("redis_server", lambda url: f"{url}?patience=9&loss=accepted&prefix={token_hex(4)}"),
}


@pytest.fixture(params=sorted({*ADDRESSES, *SERVERS}))
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty ledger is, of each kind in turn."""
    if request.param in ADDRESSES:
        return ADDRESSES[request.param](tmp_path)
    server, named = SERVERS[request.param]
    return named(request.getfixturevalue(server).url)


class Line(NamedTuple):
    """Where a server's ledger is, and the relay before it that can lose a reply, or have it come late."""

    address: str
    relay: Relay


@pytest.fixture(params=sorted(SERVERS))
def line(request: pytest.FixtureRequest, relay: Callable[[int], Relay]) -> Line:
    """Of each kind in turn, with an empty ledger."""
    server, named = SERVERS[request.param]
    port = request.getfixturevalue(server).port
    between = relay(port)
    address = named(request.getfixturevalue(server).url).replace(f":{port}", f":{between.port}")
    return Line(address.replace("patience=9", f"patience={PATIENCE_SECONDS}"), between)


@pytest.fixture
def clock() -> FakeClock:
    """The time that the ledgers see."""
    return FakeClock()


@pytest.fixture
def ledger(address: str, clock: FakeClock) -> Iterator[Ledger]:
    """One of each kind, under the fake clock; an unknown outcome blocks its key for 1000 s."""
    opened = open_ledger(address, clock=clock, keep_unknown=1000.0)
    yield opened
    opened.close()


@pytest.fixture
def real_ledger(address: str) -> Iterator[Ledger]:
    """One of each kind, under the machine's clock."""
    clock: Clock = SYSTEM_CLOCK
    opened = open_ledger(address, clock=clock)
    yield opened
    opened.close()
