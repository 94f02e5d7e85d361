# SPDX-License-Identifier: Apache-2.0
"""Faults that the judge must find: each breaks a promise as a real mistake would, in a child that has it planted."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from seeother.ledger import Pledge, SQLiteLedger
from seeother.ledger.sqlite_rows import statements
from seeother.ledger.transaction.action_rows import settle, take
from seeother.ledger.transaction.joined import AsyncJoined, Joined, Run, Script, Turn
from seeother.message import Response
from seeother.policy import Settle

_POLICY = "seeother.policy.idempotency.once"


def _yes(*_: object) -> bool:
    return True


def _same(*_: object) -> bytes:
    return b"same"


@contextmanager
def unfenced() -> Generator[None]:
    """A ledger in which whoever settles last is believed."""
    text = "UPDATE claim SET state = 2, expires = :expires, status = :status, fields = :fields, content = :content "
    with patch("seeother.ledger.sqlite_errand.SQL", replace(statements(), settle=text + "WHERE key = :key")):
        yield


@contextmanager
def forgetful() -> Generator[None]:
    """A ledger that says of an answer that it is written down, and has not done it."""

    async def said(*_: object) -> bool:
        return True

    with patch("seeother.ledger.sqlite._Awaited.settle", said), patch.object(SQLiteLedger, "settle", _yes):
        yield


@contextmanager
def silent() -> Generator[None]:
    """A policy that runs what is unknown again without being told to."""
    with patch(f"{_POLICY}.may_rerun", _yes):
        yield


@contextmanager
def blind() -> Generator[None]:
    """A policy that does not look at what a request wants."""
    with patch(f"{_POLICY}.fingerprint", _same):
        yield


@contextmanager
def endless() -> Generator[None]:
    """A claim that outlives its owner by an hour."""
    with patch(f"{_POLICY}.LEASE_SECONDS", 3600.0), patch("tests.faults.crash.lives.PATIENCE", 2.0):
        yield


@contextmanager
def apart() -> Generator[None]:
    """A transaction that commits the business rows first and the ledger's row afterwards."""

    def ending(self: Any, joined: Joined | AsyncJoined, answer: Response, *, kept: bool) -> Script[None]:  # noqa: ANN401
        claim, wanted = self.offer.claim, self.offer.ending(answer)
        assert isinstance(wanted, Settle)
        assert kept
        now = self.clock.time()
        yield Run("DELETE FROM seeother_action WHERE key = :key", {"key": claim.key.key})
        yield Turn.COMMIT
        ours: Any = yield from take(joined.dialect, claim, now)
        yield from settle(joined.dialect, claim.key, mark=ours.mark, answer=answer, keep=wanted.keep, now=now)
        yield Turn.COMMIT

    with patch.object(Pledge, "_ending", ending):
        yield


FAULTS: dict[str, Callable[[], AbstractContextManager[None]]] = {
    fault.__name__: fault for fault in (unfenced, forgetful, silent, blind, endless, apart)
}
