# SPDX-License-Identifier: Apache-2.0
"""Django's connections, joined: a transaction that stays open when the view has returned.

Django keeps a connection to each thread. Under WSGI the guard runs in the view's own; under ASGI it goes through
asgiref to the thread that Django keeps for the request.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.connection import ConnectionProxy

from seeother.errors import CallerError

from .dialect import Dialect, percent, used
from .joined import Joined, Rows

Result = TypeVar("Result")
_WITHIN = (
    "once() begins the transaction itself, for the guard ends it with the answer: leave out the `atomic()` around it, "
    "and where ATOMIC_REQUESTS is set mark the view with @transaction.non_atomic_requests"
)


def joined(source: object) -> Joined | None:
    """The transaction of a connection or its alias; None for other things."""
    match source:
        case str():
            return ConnectionJoined(source)
        case ConnectionProxy() | BaseDatabaseWrapper():
            alias: str = source.alias
            return ConnectionJoined(alias)
        case _:
            return None


class ConnectionJoined(Joined):
    """A transaction on this thread's connection of an alias."""

    def __init__(self, alias: str) -> None:
        """Begin on this one."""
        self._alias = alias
        self._atomic = transaction.atomic(using=alias, durable=True)
        self._entered = False

    @property
    def session(self) -> BaseDatabaseWrapper:
        """The connection; models find it by themselves."""
        return connections[self._alias]

    @property
    def is_open(self) -> bool:
        """Whether it has begun."""
        return self._entered

    def open(self) -> None:
        """Begin; raises CallerError when a transaction is under way, for nobody but its beginner can end it."""
        self.dialect = Dialect.of(connections[self._alias].vendor)
        try:
            self._atomic.__enter__()
        except RuntimeError as error:
            raise CallerError(_WITHIN) from error
        self._entered = True

    def run(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        """Run a statement."""
        values = used(statement, parameters)
        with self.session.cursor() as cursor:
            cursor.execute(percent(statement), values or None)
            return cursor.fetchall() if cursor.description else ()

    def savepoint(self) -> AbstractContextManager[object]:
        """What is undone alone when an exception leaves it."""
        return transaction.atomic(using=self._alias)

    def commit(self) -> None:
        """Commit it, and run what waits for that (`transaction.on_commit`)."""
        self._exit()

    def rollback(self) -> None:
        """Roll it back."""
        if self._entered:
            self.session.set_rollback(True)
            self._exit()

    def close(self) -> None:
        """Nothing was opened that Django does not keep."""

    def give_back(self) -> None:
        """Roll back; what leaves the view is no exception to Django, so it would not close the connection itself."""
        super().give_back()
        self.session.close_if_unusable_or_obsolete()

    async def elsewhere(self, work: Callable[[], Result]) -> Result:
        """Do `work` in the thread that Django keeps for the request."""
        return await sync_to_async(work, thread_sensitive=True)()

    def _exit(self) -> None:
        self._entered = False
        self._atomic.__exit__(None, None, None)
