# SPDX-License-Identifier: Apache-2.0
"""Asks questions from an event loop without holding it up: a few threads, each with a client of its own.

Two questions on one connection take turns, on two connections they run side by side.
"""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error as ClientError

from seeother.errors import StoreError
from seeother.watch.warehouse import client_options, give_way

from .question import Question

THREADS = 4  # two cores run two questions; the others keep a slow one from blocking the quick ones
_SETTINGS = {
    "max_execution_time": 30,  # seconds
    "readonly": 2,  # a question changes nothing but its own settings
    "distributed_product_mode": "global",  # on a cluster the set of an IN is made once, over all shards
}

Row = dict[str, Any]


class Asker:
    """Answers questions about the store at an address, `chdb:///PATH` or `clickhouse://HOST:PORT/DATABASE`."""

    def __init__(self, address: str, *, threads: int = THREADS) -> None:
        """Ask with at most `threads` questions at a time; connections are made when they are needed."""
        self._address = address
        self._mine = threading.local()
        self._clients: list[Client] = []
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="watch-asker", initializer=give_way)

    async def ask(self, question: Question, **parameters: object) -> list[Row]:
        """The rows of the answer; raises StoreError when there is none."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._ask, question, parameters)

    def close(self) -> None:
        """Wait for the questions that are under way, then let go of all connections."""
        self._pool.shutdown()
        for client in self._clients:
            client.close()
        self._clients.clear()

    def _ask(self, question: Question, parameters: dict[str, object]) -> list[Row]:
        try:
            client = self._client()
            return list(client.query(question.sql, parameters=parameters).named_results())
        except ClientError as error:
            raise StoreError(f"the question {question.name} could not be answered: {error}", retryable=True) from error

    def _client(self) -> Client:
        """This thread's own client."""
        client: Client | None = getattr(self._mine, "client", None)
        if client is None:
            client = clickhouse_connect.get_client(**client_options(self._address), settings=_SETTINGS)
            self._mine.client = client
            self._clients.append(client)
        return client
