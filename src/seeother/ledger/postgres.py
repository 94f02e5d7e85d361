# SPDX-License-Identifier: Apache-2.0
"""A ledger in PostgreSQL, for sites of several machines that have one already.

A claim is one statement in a short transaction of its own, so that whoever asks for a key never waits for whoever works
under it; leases run by the server's clock. It makes its table itself, in the schema where the role's tables are made.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit, urlunsplit

import psycopg

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.errors import SettingsError, StoreError
from seeother.message import Response
from seeother.policy import Doubt, Granted, LedgerKey, Running, Verdict

from .hang_timer import PATIENCE_SECONDS
from .loop_thread import LoopThread
from .port import UNKNOWN_SECONDS, AsyncLedger
from .postgres_line import Connection, Lines, Locked, Statement, told
from .postgres_rows import (
    ABANDON,
    CLAIM,
    CLEAR,
    DOUBTS,
    FIND_SCHEMA,
    FIND_VERSION,
    LOCK,
    PURGE,
    PURGE_ROWS,
    RELEASE,
    RENEW,
    SCHEMA,
    SCHEMA_VERSION,
    SETTLE,
    WITHDRAW,
    Row,
    doubt,
    of_answer,
    of_claim,
    of_granted,
    standing,
)

Result = TypeVar("Result")

_MEET_SECONDS = 2.0  # how long a start waits for the server
_UNTOLD = "the connection was lost during a call, and meanwhile others have moved the key: nobody can tell what it did"
_LOOKS = 2  # at a row that another transaction holds: it is held for as long as a commit takes, and then tells more
_PURGE_SECONDS = 30.0  # how often a claim looks for what has had its time


class PostgresLedger:
    """Keys and answers in one table; event loops have connections of their own, threads share those of one loop."""

    blocking = True

    def __init__(
        self,
        url: str,
        *,
        patience: float = PATIENCE_SECONDS,
        clock: Clock | None = None,
        keep_unknown: float = UNKNOWN_SECONDS,
    ) -> None:
        """Make or check the table, if the server is there now; SettingsError with the cure when it is another's.

        A server that does not answer within `patience` seconds is away. With a `clock` leases run by that instead of
        the server's, which is the one that all processes share.
        """
        self._url = url
        self._patience = patience
        self._lock = threading.Lock()
        self._lines: dict[asyncio.AbstractEventLoop, Lines] = {}
        self._ready = False
        self._thread = LoopThread("seeother ledger")
        self._asking = _Asking(self._here, clock, keep_unknown)
        try:
            self._run(self._meet())
        except StoreError:
            pass  # a site starts without its ledger too, and each claim tells that it is away
        finally:
            self._thread.close()  # the process may yet fork

    @property
    def awaitable(self) -> AsyncLedger:
        """The same ledger for an event loop; calls that wait for a commit there share the next one."""
        return self._asking

    def claim(self, key: LedgerKey, fingerprint: bytes, lease: float, *, rerun: bool = False) -> Verdict:
        """Take the key for `lease` seconds if it is free, else say how it stands; `rerun` takes an unknown one too."""
        return self._run(self._asking.claim(key, fingerprint, lease, rerun=rerun))

    def renew(self, granted: Granted, lease: float) -> bool:
        """Let the claim run until `lease` seconds from now; False when it is no longer ours or no longer running."""
        return self._run(self._asking.renew(granted, lease))

    def settle(self, granted: Granted, answer: Response, keep: float) -> bool:
        """Remember the answer for `keep` seconds; False, and nothing changed, when the claim is no longer ours."""
        return self._run(self._asking.settle(granted, answer, keep))

    def release(self, granted: Granted) -> bool:
        """Free the key, for nothing happened; False when the claim is no longer ours."""
        return self._run(self._asking.release(granted))

    def abandon(self, granted: Granted) -> bool:
        """Say that the outcome is unknown; False when the claim is no longer ours."""
        return self._run(self._asking.abandon(granted))

    def unknown(self, most: int, *, grace: float = 0.0, after: Doubt | None = None) -> list[Doubt]:
        """At most so many claims whose outcome is unknown, oldest first."""
        return self._run(self._asking.unknown(most, grace, 0 if after is None else after.granted.token))

    def clear(self, granted: Granted) -> bool:
        """Free a key of unknown outcome, for nothing happened; False when it is not unknown."""
        return self._run(self._asking.clear(granted))

    def purge(self) -> int:
        """Forget what has had its time; returns how many keys that were."""
        count = 0
        while True:
            gone, keys = self._run(self._asking.purge())
            count += keys
            if gone < PURGE_ROWS:
                return count

    def close(self) -> None:
        """Close the connections, those of event loops too."""
        with self._lock:
            all_lines, self._lines = self._lines, {}
        for lines in all_lines.values():
            lines.close()
        self._thread.close()

    def _run(self, question: Coroutine[Any, Any, Result]) -> Result:
        return self._thread.run(question)

    def _here(self) -> Lines:
        """The connections of the running event loop."""
        loop = asyncio.get_running_loop()
        lines = self._lines.get(loop)
        if lines is None:
            with self._lock:
                for gone in [each for each in self._lines if each.is_closed()]:
                    del self._lines[gone]
                lines = self._lines[loop] = Lines(self._connect, self._prepare, self._patience)
        return lines

    async def _connect(self) -> Connection:
        return await psycopg.AsyncConnection.connect(self._url, autocommit=True, application_name="seeother")

    async def _meet(self) -> None:
        """Open a connection and close it, for what is done on the way."""
        try:
            async with asyncio.timeout(_MEET_SECONDS):
                connection = await self._connect()
            try:
                await self._prepare(connection)
            finally:
                await connection.close()
        except (psycopg.Error, OSError) as error:
            raise told(error) from error

    async def _prepare(self, connection: Connection) -> None:
        """Make the table, or see that it is one that this release knows."""
        if self._ready:
            return
        async with connection.transaction():
            await connection.execute(LOCK)
            ((there,),) = await (await connection.execute(FIND_SCHEMA)).fetchall()
            if not there:
                await connection.execute(SCHEMA)
            ((version,),) = await (await connection.execute(FIND_VERSION)).fetchall()
        if version != SCHEMA_VERSION:
            cure = (
                f"this ledger has schema {version}, this release knows {SCHEMA_VERSION}: use the release that made it"
            )
            raise SettingsError("ledger.url", "…" if "@" in self._url else self._url, cure)
        self._ready = True


def open_postgres(url: str, *, clock: Clock | None, keep_unknown: float) -> PostgresLedger:
    """The ledger at an address that `check_address` has passed; all in its query but `patience` is libpq's."""
    parts = urlsplit(url)
    options = parts.query.split("&")
    theirs = "&".join([each for each in options if not each.startswith("patience=")])
    patience = float(parse_qs(parts.query).get("patience", [str(PATIENCE_SECONDS)])[0])
    return PostgresLedger(
        urlunsplit(parts._replace(query=theirs)), patience=patience, clock=clock, keep_unknown=keep_unknown
    )


class _Asking:
    """The ledger for event loops, and what threads ask through one."""

    def __init__(self, lines: Callable[[], Lines], clock: Clock | None, keep_unknown: float) -> None:
        self._lines = lines
        self._clock = clock
        self._keep_unknown = keep_unknown
        self._next_purge = 0.0

    async def claim(self, key: LedgerKey, fingerprint: bytes, lease: float, *, rerun: bool = False) -> Verdict:
        """Take the key for `lease` seconds if it is free, else say how it stands."""
        for _ in range(_LOOKS):
            # A nonce for each: what nobody heard of the first look is given back by its own, and the second one stays.
            own = of_claim(key, fingerprint, lease=lease, keep_unknown=self._keep_unknown, rerun=rerun)
            with suppress(Locked):
                return await self._claimed(key, self._timed(own))
        return Running(1.0)  # its owner is about to commit how it ended

    async def _claimed(self, key: LedgerKey, values: dict[str, Any]) -> Verdict:
        """What one claim was told; raises Locked."""
        rows = await self._lines().ask(
            Statement(CLAIM, values, expires=True), lambda: Statement(WITHDRAW, self._timed(dict(values)))
        )
        found = standing(key, values, rows[0])
        if isinstance(found, Granted):
            self._purge_soon()
        return found

    async def renew(self, granted: Granted, lease: float) -> bool:
        """Let the claim run until `lease` seconds from now."""
        values = self._timed(of_granted(granted, lease=lease, keep_unknown=self._keep_unknown))
        return _moved(await self._lines().ask(Statement(RENEW, values)), values)

    async def settle(self, granted: Granted, answer: Response, keep: float) -> bool:
        """Remember the answer for `keep` seconds."""
        return await self._ended(SETTLE, of_answer(granted, answer, keep))

    async def release(self, granted: Granted) -> bool:
        """Free the key, for nothing happened."""
        return await self._ended(RELEASE, of_granted(granted))

    async def abandon(self, granted: Granted) -> bool:
        """Say that the outcome is unknown."""
        return await self._ended(ABANDON, of_granted(granted, keep_unknown=self._keep_unknown))

    async def clear(self, granted: Granted) -> bool:
        """Free a key of unknown outcome."""
        return await self._ended(CLEAR, of_granted(granted))

    async def unknown(self, most: int, grace: float, after: int) -> list[Doubt]:
        """At most so many claims whose outcome is unknown, oldest first, with tokens above `after`."""
        values = self._timed({"most": most, "grace": grace, "after": after})
        return [doubt(row) for row in await self._lines().ask(Statement(DOUBTS, values))]

    async def purge(self) -> tuple[int, int]:
        """Forget some of what has had its time; returns how many rows that were, and how many keys had been held."""
        ((gone, keys),) = await self._lines().ask(Statement(PURGE, self._timed({})))
        return gone, keys

    async def _ended(self, statement: str, values: dict[str, Any]) -> bool:
        return _moved(await self._lines().end(Statement(statement, self._timed(values))), values)

    def _timed(self, values: dict[str, Any]) -> dict[str, Any]:
        """With the time that a statement goes by; None where it is the server's."""
        values["now"] = None if self._clock is None else self._clock.time()
        values["again"] = False
        return values

    def _purge_soon(self) -> None:
        """Have what has had its time forgotten, now and then, without waiting for it."""
        now = SYSTEM_CLOCK.monotonic()
        if now >= self._next_purge:
            self._next_purge = now + _PURGE_SECONDS
            self._lines().put_aside(Statement(PURGE, self._timed({})), self._purged)

    def _purged(self, rows: list[Row]) -> None:
        ((gone, _),) = rows
        if gone == PURGE_ROWS:
            self._next_purge = 0.0  # the next claim goes on with it


def _moved(rows: list[Row], values: dict[str, Any]) -> bool:
    """Whether the claim was the caller's and has been moved on."""
    ((moved,),) = rows
    if not moved and values["again"]:
        raise StoreError(_UNTOLD)
    return bool(moved)
