# SPDX-License-Identifier: Apache-2.0
"""What a handler has inside `once`: its session, keys for its calls to others, and an outbox."""

from collections import Counter
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Generic, TypeVar
from uuid import uuid4

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.policy import LedgerKey

from .joined import AsyncJoined, Joined, Script, aperform, perform
from .outbox_rows import Letter, add

S = TypeVar("S")
_KEY_LENGTH = 40  # characters; Square takes 45, Adyen 64, Stripe 255


class Deeds:
    """What both kinds of action know: who it is, and what it is part of."""

    __slots__ = ("_carry", "_clock", "_counts", "_name")

    def __init__(
        self,
        key: LedgerKey | None = None,
        round_: int = 0,
        *,
        carry: Callable[[], Mapping[str, str]] = dict,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Without a key of the request's the action has one by chance; in each round a key is another action's."""
        self._name = str(uuid4()) if key is None else f"{key.scope}\0{key.key}\0{round_}"
        self._carry = carry
        self._clock = clock
        self._counts: Counter[str] = Counter()

    def key_for(self, kind: str, n: int = 1) -> str:
        """An idempotency key for the action's n-th call of a kind to somebody else: the same whenever it is repeated.

        40 characters, of which providers take all.
        """
        return sha256(f"{self._name}\0{kind}\0{n}".encode()).hexdigest()[:_KEY_LENGTH]

    def letter(self, kind: str, payload: object) -> Letter:
        """The action's next message of a kind."""
        self._counts[kind] += 1
        return Letter(0, self.key_for(kind, self._counts[kind]), kind, payload, self._carry(), 0)

    def added(self, joined: Joined | AsyncJoined, kind: str, payload: object) -> Script[None]:
        """Write the action's next message of a kind."""
        return add(joined.dialect, self.letter(kind, payload), self._clock.time())


class Action(Generic[S]):
    """An action on a session that blocks."""

    __slots__ = ("_deeds", "_joined", "session")

    def __init__(self, joined: Joined, deeds: Deeds) -> None:
        """Act in this transaction; `session` is what the application writes with."""
        self._joined = joined
        self._deeds = deeds
        self.session: S = joined.session

    def key_for(self, kind: str, n: int = 1) -> str:
        """An idempotency key for the action's n-th call of a kind to somebody else, the same if it is repeated."""
        return self._deeds.key_for(kind, n)

    def later(self, kind: str, payload: object) -> None:
        """Put a message into the outbox: it goes out if the action is committed, at least once, with a key of its own.

        The payload is written as JSON.
        """
        perform(self._deeds.added(self._joined, kind, payload), self._joined)


class AsyncAction(Generic[S]):
    """An action on an event loop."""

    __slots__ = ("_deeds", "_joined", "session")

    def __init__(self, joined: AsyncJoined, deeds: Deeds) -> None:
        """Act in this transaction; `session` is what the application writes with."""
        self._joined = joined
        self._deeds = deeds
        self.session: S = joined.session

    def key_for(self, kind: str, n: int = 1) -> str:
        """An idempotency key for the action's n-th call of a kind to somebody else, the same if it is repeated."""
        return self._deeds.key_for(kind, n)

    async def later(self, kind: str, payload: object) -> None:
        """Put a message into the outbox: it goes out if the action is committed, at least once, with a key of its own.

        The payload is written as JSON.
        """
        await aperform(self._deeds.added(self._joined, kind, payload), self._joined)
