# SPDX-License-Identifier: Apache-2.0
"""A transaction of the application's own, joined: what is done in it, and by whom.

What is to be done is written once, as a script (a generator) that says step by step what it wants and is sent the rows;
`perform` does it on a connection that blocks, `aperform` on an event loop. The doors (`sqlalchemy.py`, `psycopg.py`,
...) know a library each and nothing of claims.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

from .dialect import Dialect

Rows = Sequence[Sequence[Any]]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Run:
    """Wants a statement run, with parameters by name (`:name`), and all its rows."""

    statement: str
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Turn(Enum):
    """Wants the transaction moved on."""

    COMMIT = "commit"
    ROLLBACK = "rollback"


Script = Generator[Run | Turn, Rows, Result]


class Joined(ABC):
    """A transaction on a connection that blocks."""

    dialect: Dialect

    @property
    @abstractmethod
    def session(self) -> Any:  # noqa: ANN401 - each library has its own
        """What the application writes with."""

    @property
    @abstractmethod
    def is_open(self) -> bool:
        """Whether the transaction that was joined may still be under way; asks no server."""

    @abstractmethod
    def open(self) -> None:
        """Begin the transaction, or join the one that is under way; on SQLite for writing."""

    @abstractmethod
    def run(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        """Run a statement in it."""

    @abstractmethod
    def savepoint(self) -> AbstractContextManager[object]:
        """What is undone alone when an exception leaves it."""

    @abstractmethod
    def commit(self) -> None:
        """Commit it."""

    @abstractmethod
    def rollback(self) -> None:
        """Roll it back."""

    @abstractmethod
    def close(self) -> None:
        """Give back what was opened by `open`, and nothing else; what is under way there is rolled back."""

    def give_back(self) -> None:
        """End a transaction in which nothing is to happen; the error under way counts, not one of this."""
        with suppress(Exception):
            self.rollback()
        with suppress(Exception):
            self.close()

    async def elsewhere(self, work: Callable[[], Result]) -> Result:
        """Do `work` with the transaction from an event loop, in a thread that may touch it."""
        return await asyncio.to_thread(work)


class AsyncJoined(ABC):
    """A transaction on an event loop; its calls say what those of `Joined` say."""

    dialect: Dialect

    @property
    @abstractmethod
    def session(self) -> Any:  # noqa: ANN401 - each library has its own
        """What the application writes with."""

    @property
    @abstractmethod
    def is_open(self) -> bool:
        """Whether the transaction that was joined may still be under way; asks no server."""

    @abstractmethod
    async def open(self) -> None:
        """Begin the transaction, or join the one that is under way; on SQLite for writing."""

    @abstractmethod
    async def run(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        """Run a statement in it."""

    @abstractmethod
    def savepoint(self) -> AbstractAsyncContextManager[object]:
        """What is undone alone when an exception leaves it."""

    @abstractmethod
    async def commit(self) -> None:
        """Commit it."""

    @abstractmethod
    async def rollback(self) -> None:
        """Roll it back."""

    @abstractmethod
    async def close(self) -> None:
        """Give back what was opened by `open`, and nothing else; what is under way there is rolled back."""

    async def give_back(self) -> None:
        """End a transaction in which nothing is to happen; the error under way counts, not one of this."""
        with suppress(Exception):
            await self.rollback()
        with suppress(Exception):
            await self.close()


def perform(script: Script[Result], joined: Joined) -> Result:
    """Do what a script wants; errors are thrown into it."""
    try:
        step = next(script)
        while True:
            rows: Rows = ()
            try:
                match step:
                    case Run(statement, parameters):
                        rows = joined.run(statement, parameters)
                    case Turn.COMMIT:
                        joined.commit()
                    case Turn.ROLLBACK:
                        joined.rollback()
            except Exception as error:  # noqa: BLE001 - the script's to handle
                step = script.throw(error)
            else:
                step = script.send(rows)
    except StopIteration as end:
        result: Result = end.value
        return result


async def aperform(script: Script[Result], joined: AsyncJoined) -> Result:
    """Do what a script wants; errors are thrown into it."""
    try:
        step = next(script)
        while True:
            rows: Rows = ()
            try:
                match step:
                    case Run(statement, parameters):
                        rows = await joined.run(statement, parameters)
                    case Turn.COMMIT:
                        await joined.commit()
                    case Turn.ROLLBACK:
                        await joined.rollback()
            except Exception as error:  # noqa: BLE001 - the script's to handle
                step = script.throw(error)
            else:
                step = script.send(rows)
    except StopIteration as end:
        result: Result = end.value
        return result
