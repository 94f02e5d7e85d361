# SPDX-License-Identifier: Apache-2.0
"""A policy is a flow: a generator that yields what it wants and is sent what became of it.

The words a flow may yield, and what it is sent back:

    Read(limit)              bytes of the request's content, or None when it is longer than `limit`
    Claim(key, …)            a Verdict; StoreError is thrown in when the ledger cannot be asked
    Forward(content_limit)   the application's Response, or Streamed when its content was longer and has been
                             streamed to the client; the application's failure is thrown in; meanwhile the claim
                             that is `held` is renewed; a Verdict when the application took the `offer` to its own
                             database and found there that the key was not free
    Settle(granted, answer)  True when the answer is remembered; False when the claim was no longer ours
    Release(granted)         bool, as Settle; the key is free again: nothing happened
    Abandon(granted)         bool, as Settle; nobody knows what happened
    Inquire(…)               a Response or an Outcome; the reconciler's failure is thrown in
    Pause(seconds)           None, later
    Report(kind, detail)     None; what only the running process sees, to be judged
    Respond(response)        None; at most once, and not after a streamed Forward

Adapters drive flows against real I/O; nothing in here reads a socket, a clock or a store.

Nobody changes a word. They are not frozen because Python makes a frozen one three times as slowly, and a request needs
ten; the same holds for verdicts and keys in `claim.py`.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from seeother.journey import IncidentKind
from seeother.message import Response

from .claim import Granted, LedgerKey, Verdict
from .inquiry import Inquiry, Outcome, Reconcile


@dataclass(slots=True, unsafe_hash=True)
class Read:
    """Wants the whole content of the request, at most `limit` bytes of it."""

    limit: int


@dataclass(slots=True, unsafe_hash=True)
class Claim:
    """Wants the key for itself, for `lease` seconds; `fingerprint` tells requests under one key apart.

    With `rerun` a claim whose owner vanished is granted anew instead of being Unknown.
    """

    key: LedgerKey
    fingerprint: bytes
    lease: float
    rerun: bool = False


@dataclass(slots=True, unsafe_hash=True)
class Forward:
    """Wants the application to run to its end, and its answer whole if it has at most `content_limit` bytes.

    Without a `Read` before it the application reads the request's content itself, as it comes. While it runs the claim
    `held` is renewed each third of `lease` (seconds), so that a slow action does not turn into an unknown one.
    What is on `offer` the application may take into a transaction of its own (`seeother.ledger.once`).
    """

    content_limit: int
    held: Granted | None = None
    lease: float = 0.0
    offer: "Offer | None" = field(default=None, compare=False)  # it holds a function of the flow's own


@dataclass(slots=True, unsafe_hash=True)
class Settle:
    """Wants the answer remembered for `keep` seconds."""

    granted: Granted
    answer: Response
    keep: float


@dataclass(slots=True, unsafe_hash=True)
class Release:
    """Wants the key free again, because nothing happened under it."""

    granted: Granted


@dataclass(slots=True, unsafe_hash=True)
class Abandon:
    """Wants it written down that nobody knows what happened under the key."""

    granted: Granted


@dataclass(slots=True, unsafe_hash=True)
class Offer:
    """A claim that an application may make in its own database, in the transaction of what the action writes.

    `ending` says of its answer what is to become of the transaction: only what is settled is committed. Where the
    route is declared `transactional` it is `expected` to.
    """

    claim: Claim
    ending: Callable[[Response], Settle | Release | Abandon]
    expected: bool = False


@dataclass(slots=True, unsafe_hash=True)
class Inquire:
    """Wants the application's `reconcile` asked what became of an action."""

    reconcile: Reconcile
    inquiry: Inquiry


@dataclass(slots=True, unsafe_hash=True)
class Pause:
    """Wants to be asked again after `seconds`."""

    seconds: float


@dataclass(slots=True, unsafe_hash=True)
class Report:
    """Wants it judged that this has happened; `detail` says what was seen."""

    kind: IncidentKind
    detail: str = ""


@dataclass(slots=True, unsafe_hash=True)
class Respond:
    """Wants this sent to the client; `replayed` tells that it is the answer to an earlier request."""

    response: Response
    replayed: bool = False


@dataclass(slots=True, unsafe_hash=True)
class Streamed:
    """An answer that went out as it came: its status, how many bytes its content had, and their SHA-256."""

    status: int
    length: int
    digest: bytes


Want = Read | Claim | Forward | Settle | Release | Abandon | Inquire | Pause | Report | Respond
Reply = bytes | Verdict | Response | Streamed | Outcome | bool | None
Flow = Generator[Want, Reply, None]
