# SPDX-License-Identifier: Apache-2.0
"""Whether a Redis keeps what it is told: it must not evict, and should write each claim to disk before it answers."""

import logging
from collections.abc import Sequence

from seeother.errors import StoreError

from .redis_steps import MICRO, Reply

_log = logging.getLogger("seeother.ledger")

# Asked on each new connection, in one go. `CONFIG GET` would say more, and hosted servers refuse it.
QUESTIONS = ((b"TIME",), (b"INFO", b"memory"), (b"INFO", b"persistence"), (b"INFO", b"replication"))


class Unfit(StoreError):  # noqa: N818 - it says what is wrong
    """The server is one that loses claims; `cure` says what to change."""

    def __init__(self, trouble: str, cure: str) -> None:
        """Name both."""
        super().__init__(f"this Redis cannot be a ledger, for {trouble}: {cure}")
        self.cure = cure


class Fitness:
    """Judges what a server says of itself; what a site has accepted is not held against it."""

    __slots__ = ("_eviction_accepted", "_warned")

    def __init__(self, *, eviction_accepted: bool, loss_accepted: bool) -> None:
        """`loss_accepted` keeps the warning back that a restart forgets claims."""
        self._eviction_accepted = eviction_accepted
        self._warned = loss_accepted

    def judge(self, replies: "Sequence[Reply | Exception]") -> None:
        """Raise Unfit for a server that may forget a claim while it runs; warn once of one that does at a restart.

        What the server does not tell is not held against it.
        """
        said = _said(replies)
        policy = said.get(b"maxmemory_policy", b"noeviction")
        if policy != b"noeviction" and not self._eviction_accepted:
            raise Unfit(
                f"its maxmemory-policy is {policy.decode(errors='replace')} and it throws claims away when it is full",
                'set "maxmemory-policy noeviction" or give the ledger a server of its own; '
                "?eviction=accepted in ledger.url lets actions happen twice",
            )
        if said.get(b"role", b"master") != b"master":
            raise Unfit("it is a replica", "name the primary in ledger.url")
        if said.get(b"aof_enabled", b"1") != b"1" and not self._warned:
            self._warned = True
            _log.warning(
                "the ledger's Redis writes no append-only file: a restart forgets claims, and their actions can "
                'happen twice; set "appendonly yes" and "appendfsync always", or ?loss=accepted in ledger.url'
            )


def server_time(replies: "Sequence[Reply | Exception]") -> float:
    """Seconds since the Unix epoch by the server's clock."""
    match replies:
        case [[bytes(seconds), bytes(micro)], *_]:
            return int(seconds) + int(micro) / MICRO
        case [Exception() as error, *_]:
            raise error
        case _:
            raise ValueError(replies)


def _said(replies: "Sequence[Reply | Exception]") -> dict[bytes, bytes]:
    """What the answers to INFO hold."""
    lines = [line for reply in replies if isinstance(reply, bytes) for line in reply.splitlines()]
    return {name: value for name, colon, value in (line.partition(b":") for line in lines) if colon}
