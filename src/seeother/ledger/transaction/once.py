# SPDX-License-Identifier: Apache-2.0
"""`once`: an action's business rows, its row in the ledger and its answer in one transaction.

    async with once(session) as action:        # or `with`, on a session that blocks
        session.add(Order(...))
        await action.later("receipt", {"order": 7})
    return RedirectResponse("/orders/7", 303)

The claim is made where the block begins. If the key is not free the block does not run, and the guard gives the first
one's answer. Where the block ends nothing is committed: the guard does that with the answer, before it sends it.
"""

from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Generic, TypeVar, cast, overload

from seeother.clock import SYSTEM_CLOCK
from seeother.errors import CallerError, CallRefused, StoreError
from seeother.policy import Running

from .action import Action, AsyncAction, Deeds
from .action_rows import BUSY_SECONDS, take
from .dialect import is_away, is_busy
from .doors import join
from .joined import AsyncJoined, Joined, aperform, perform
from .pledge import Pledge, open_pledge

S = TypeVar("S")
_AWAY_SECONDS = 1.0  # before asking a database again that cannot be reached
_NO_TABLE = (
    'the table seeother_action is missing: run the statements of seeother.ledger.tables("sqlite") or '
    'tables("postgresql") in a migration'
)


@overload
def once(source: Callable[..., S], /) -> "Once[S]": ...
@overload
def once(source: object, /) -> "Once[Any]": ...
def once(source: object, /) -> "Once[Any]":
    """The action of the request that is being handled, in a transaction of the application's database.

    `source` is a SQLAlchemy session or connection, a psycopg, asyncpg or sqlite3 connection, or a Django connection or
    its alias: its transaction is joined (begun, if need be), and is to stay open until the answer is sent. Or it is a
    sessionmaker, an engine or a pool: then `action.session` is the action's own and kept open as long as it takes.

    Without a guard, for a request without a key, and after the answer (in a background task), the block is a
    transaction like any other. Raises CallerError for a source or a database that cannot be used, StoreError when the
    table is missing, and CallRefused, which the guard answers with 503, when the database cannot be reached.
    """
    return Once(join(source))


class Once(Generic[S]):
    """What `once` gives: to be entered with `async with` or `with`, whichever its source is for."""

    __slots__ = ("_joined", "_savepoint")

    def __init__(self, joined: Joined | AsyncJoined) -> None:
        """Nothing happens yet."""
        self._joined = joined
        self._savepoint: Any = None  # None where there is no pledge, and the block itself is the transaction

    def __enter__(self) -> Action[S]:
        """Begin the action, unless it was done before."""
        joined = self._joined
        if not isinstance(joined, Joined):
            raise CallerError("this connection lives on an event loop: write `async with once(...)`")
        pledge = open_pledge()
        began = SYSTEM_CLOCK.monotonic()
        if pledge is not None:
            pledge.enter()
        try:
            joined.open()
            if pledge is None:
                return Action(joined, Deeds())
            ours = pledge.granted(perform(take(joined.dialect, pledge.offer.claim, pledge.clock.time()), joined))
        except BaseException as error:
            joined.give_back()
            told = _told(error, pledge, began)
            if told is error:
                raise
            raise told from error
        deeds = pledge.taken(joined, ours)
        self._savepoint = joined.savepoint()
        self._savepoint.__enter__()
        return Action(joined, deeds)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the block; what it wrote is undone when an exception leaves it."""
        joined = cast("Joined", self._joined)
        if self._savepoint is not None:
            try:
                self._savepoint.__exit__(kind, error, trace)
            except Exception:
                if error is None:
                    raise
                # The connection is lost, most likely, and it is the error in the block that is told.
                with suppress(Exception):
                    joined.rollback()  # else what the block wrote might stand
        elif error is None:
            try:
                joined.commit()
            finally:
                joined.close()
        else:
            joined.give_back()

    async def __aenter__(self) -> AsyncAction[S]:
        """Begin the action, unless it was done before."""
        joined = self._joined
        if not isinstance(joined, AsyncJoined):
            raise CallerError("this connection blocks: write `with once(...)`")
        pledge = open_pledge()
        began = SYSTEM_CLOCK.monotonic()
        if pledge is not None:
            pledge.enter(awaits=True)
        try:
            await joined.open()
            if pledge is None:
                return AsyncAction(joined, Deeds())
            ours = pledge.granted(await aperform(take(joined.dialect, pledge.offer.claim, pledge.clock.time()), joined))
        except BaseException as error:
            await joined.give_back()
            told = _told(error, pledge, began)
            if told is error:
                raise
            raise told from error
        deeds = pledge.taken(joined, ours)
        self._savepoint = joined.savepoint()
        await self._savepoint.__aenter__()
        return AsyncAction(joined, deeds)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the block; what it wrote is undone when an exception leaves it."""
        joined = cast("AsyncJoined", self._joined)
        if self._savepoint is not None:
            try:
                await self._savepoint.__aexit__(kind, error, trace)
            except Exception:
                if error is None:
                    raise
                with suppress(Exception):
                    await joined.rollback()  # as above
        elif error is None:
            try:
                await joined.commit()
            finally:
                await joined.close()
        else:
            await joined.give_back()


def _told(error: BaseException, pledge: Pledge | None, began: float) -> BaseException:
    """A library's error as ours, where we know more about it."""
    if pledge is not None and is_busy(error):
        return pledge.refused(Running(max(BUSY_SECONDS, SYSTEM_CLOCK.monotonic() - began)))
    if "seeother_action" in str(error) and ("no such table" in str(error) or "does not exist" in str(error)):
        return StoreError(_NO_TABLE)
    if pledge is not None and is_away(error):
        return CallRefused("the application's database", f"away: {type(error).__name__}", _AWAY_SECONDS)
    return error
