# SPDX-License-Identifier: Apache-2.0
"""Children that order in a shop of their own and die where they are told to; run by test_crashes.

Each line of input is a JSON list: library, URL, point and how often it is to be reached.
"""

import asyncio
import json
import os
import sys

from seeother.ledger.transaction import asyncpg, psycopg, sqlalchemy, sqlalchemy_asyncio, sqlite_connection
from seeother.testing import killing
from tests.contract.transaction.shops import Wish, shop

OWNERS = (
    sqlalchemy.SessionJoined,
    sqlalchemy_asyncio.AsyncSessionJoined,
    sqlalchemy.ConnectionJoined,
    sqlalchemy_asyncio.AsyncConnectionJoined,
    psycopg.ConnectionJoined,
    psycopg.AsyncConnectionJoined,
    asyncpg.ConnectionJoined,
    sqlite_connection.ConnectionJoined,
)


async def order(name: str, url: str, point: str, n: int) -> None:
    """Order once, unless it dies."""
    with killing(point, *OWNERS, n=n):
        async with shop(name, url, owned=name != "sqlite3") as here:
            await here.post(Wish(how="charge"))


def main() -> None:
    """Have a child of this process, which has loaded all it needs, do each order; say how it ended."""
    for line in sys.stdin:
        name, url, point, n = json.loads(line)
        child = os.fork()
        if child == 0:
            asyncio.run(order(name, url, point, n))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
