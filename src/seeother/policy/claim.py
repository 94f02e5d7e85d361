# SPDX-License-Identifier: Apache-2.0
"""What a ledger can say when a flow claims a key."""

from dataclasses import dataclass

from seeother.message import Response


@dataclass(slots=True, unsafe_hash=True)
class LedgerKey:
    """Whose action it is: `scope` (route and principal) and the `key` within it."""

    scope: str
    key: str


@dataclass(slots=True, unsafe_hash=True)
class Granted:
    """The key was free and is now ours; `token` fences off every owner before us."""

    key: LedgerKey
    token: int


@dataclass(slots=True, unsafe_hash=True)
class Doubt:
    """A claim of which nobody knows how it ended, made at `since` (seconds since the Unix epoch)."""

    granted: Granted
    since: float


@dataclass(slots=True, unsafe_hash=True)
class Running:
    """Someone else is at it; ask again after so many seconds."""

    retry_after: float


@dataclass(slots=True, unsafe_hash=True)
class Finished:
    """It was done, and this was the answer."""

    answer: Response


@dataclass(slots=True, unsafe_hash=True)
class Mismatch:
    """The key was used before for another request."""


@dataclass(slots=True, unsafe_hash=True)
class Unknown:
    """It was begun and nobody knows how it ended."""


Verdict = Granted | Running | Finished | Mismatch | Unknown
