# SPDX-License-Identifier: Apache-2.0
"""What it costs that an order, its key and its answer are committed together, beside the order alone and one by one.

Claim: in a SQLite file with synchronous = FULL an order in `once` takes at most three times as long as the order's own
transaction, and the same order with its claim and its answer committed by themselves (our own SQLite ledger, as every
middleware with a store beside the application does it) takes at least 1.5 times as long as with `once`.

All three use Python's sqlite3 from one thread, an order of 100 bytes and an answer of 300. The time is the wall's: what
is measured is the disk. They take turns in random order, and each claim is about the median of the rounds.
"""

import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

from seeother.ledger import Pledge, SQLiteLedger, offered, once, tables
from seeother.message import Response
from seeother.policy import Claim, Granted, LedgerKey, Offer, Settle

ROUNDS = 60
ORDERS = 15  # in a round
ABOVE_BARE = 3.0
BELOW_APART = 1.5
DAY = 24 * 3600.0
FINGERPRINT = b"0123456789abcdef" * 2
ANSWER = Response(303, ((b"location", b"/orders/7"), (b"set-cookie", b"a=1; Path=/")), b"x" * 300)
INSERT = "INSERT INTO orders (note) VALUES (?)"
NOTE = "x" * 100
NUMBERS = count()


def opened(path: Path) -> sqlite3.Connection:
    """A shop's database."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    for statement in ("CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT)", *tables("sqlite")):
        connection.execute(statement)
    return connection


def bare(connection: sqlite3.Connection) -> None:
    """An order."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(INSERT, (NOTE,))
    connection.execute("COMMIT")


def together(connection: sqlite3.Connection) -> None:
    """An order as a driver of the guard has it made."""
    key = LedgerKey("POST /orders", f"key-{next(NUMBERS)}")
    pledge = Pledge(Offer(Claim(key, FINGERPRINT, 60.0), lambda answer: Settle(Granted(key, 1), answer, DAY)))
    with offered(pledge), once(connection):
        connection.execute(INSERT, (NOTE,))
    pledge.answered(ANSWER)


def apart(connection: sqlite3.Connection, ledger: SQLiteLedger) -> None:
    """An order whose claim and answer stand in a ledger of their own."""
    granted = ledger.claim(LedgerKey("POST /orders", f"key-{next(NUMBERS)}"), FINGERPRINT, 60.0)
    bare(connection)
    if not isinstance(granted, Granted) or not ledger.settle(granted, ANSWER, DAY):
        raise RuntimeError(granted)


def milliseconds(order: Callable[[], None]) -> float:
    """Of one order, in a round of them."""
    began = time.perf_counter()
    for _ in range(ORDERS):
        order()
    return (time.perf_counter() - began) / ORDERS * 1e3


def main() -> int:
    """Measure, print, and say whether the claims hold."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        connection = opened(folder / "shop.db")
        ledger = SQLiteLedger(folder / "ledger.db")
        kinds: dict[str, Callable[[], None]] = {
            "the order alone": lambda: bare(connection),
            "with once": lambda: together(connection),
            "one by one": lambda: apart(connection, ledger),
        }
        taken: dict[str, list[float]] = {kind: [] for kind in kinds}
        for turn in range(ROUNDS + 1):
            for kind in random.sample(list(kinds), len(kinds)):
                measured = milliseconds(kinds[kind])
                if turn:  # the first is to get warm
                    taken[kind].append(measured)
        ledger.close()
        connection.close()
    for kind, rounds in taken.items():
        quarters = statistics.quantiles(rounds, n=4)
        print(f"{kind:16} {quarters[1]:7.3f} ms an order (iqr {quarters[2] - quarters[0]:.3f})")
    above = statistics.median(a / b for a, b in zip(taken["with once"], taken["the order alone"], strict=True))
    below = statistics.median(a / b for a, b in zip(taken["one by one"], taken["with once"], strict=True))
    print(f"with once, of the order alone: {above:.2f} (claimed: at most {ABOVE_BARE})")
    print(f"one by one, of with once: {below:.2f} (claimed: at least {BELOW_APART})")
    return 0 if above <= ABOVE_BARE and below >= BELOW_APART else 1


if __name__ == "__main__":
    sys.exit(main())
