# SPDX-License-Identifier: Apache-2.0
"""Holds what stands in the databases after a crash, and what clients got, against the invariants I1 to I7.

I1 one effect a key; with `rerun` one more for each owner that died or slept. I2 one answer, the same bytes for all.
I3 no key stays blocked. I4 no answer for another request. I5 a late owner changes nothing. I6 what was acknowledged is
still there. I7 who has got a success has got what is written down.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.faults.crash.cells import LEASE, Cell
from tests.faults.crash.lives import Case, Story
from tests.faults.crash.site import Answer, answered

GRACE = 6.0  # seconds, to see a key that stays blocked on however busy a machine; how long it was is reported


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of one key: its component, what its client had got (and whether all of it), what came after."""

    case: Case
    client: tuple[Answer, bool] | None
    story: Story
    asleep: Story | None = None  # what others found while it slept


@dataclass(slots=True)
class Books:
    """What stands in the databases: nonces of effects by key, keys and nonces of charges, keys that are still open."""

    effects: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    charges: list[str] = field(default_factory=list[str])
    open_keys: set[str] = field(default_factory=set[str])

    @classmethod
    def of(cls, cell: Cell, open_keys: list[str]) -> "Books":
        """Read them."""
        books = cls(open_keys=set(open_keys))
        for key, nonce in cell.rows("SELECT key, nonce FROM effect"):
            books.effects.setdefault(key, []).append(nonce)
        books.charges = [nonce for _, nonce in cell.charges]
        return books


def violations(cell: Cell, evidence: Evidence, books: Books) -> Iterator[str]:
    """What is wrong with one key, each beginning with its invariant."""
    nonces = books.effects.get(evidence.case.key, [])
    final = evidence.story.final
    if final is None:
        yield f"I3 blocked for more than {evidence.story.stuck:.1f} s"
        return
    yield from _of_key(cell, evidence.story, nonces, books)
    yield from _of_answers(evidence.story, final, nonces)
    yield from _of_client(evidence, nonces)
    if evidence.asleep is not None:
        yield from _of_sleeper(cell, evidence, evidence.asleep)


def _of_key(cell: Cell, story: Story, nonces: list[str], books: Books) -> Iterator[str]:
    """It is done, as often as it may be."""
    if story.stuck > LEASE + GRACE:
        yield f"I3 blocked for {story.stuck:.1f} s"
    if story.key in books.open_keys:
        yield "I3 still open in the ledger"
    if not 1 <= len(nonces) <= (2 if cell.policy == "rerun" else 1):
        yield f"I1 {len(nonces)} effects"
    charged = Counter(books.charges)
    for nonce in nonces if cell.is_transactional else ():
        if charged[nonce] != 1:
            yield f"I1 charged {charged[nonce]} times"


def _of_answers(story: Story, final: Answer, nonces: list[str]) -> Iterator[str]:
    """There is one, it is true, and nobody with another wish gets it."""
    if final.own not in [tuple(answered(story.key, nonce)) for nonce in nonces]:
        yield f"I6 the answer tells of no effect: {final}"
    for again in story.replays:
        if again.own != final.own or not again.is_replayed:
            yield f"I2 {again} after {final}"
    if story.mismatch != 422:
        yield f"I4 {story.mismatch} for something else under the key"


def _of_client(evidence: Evidence, nonces: list[str]) -> Iterator[str]:
    """A success that has left, if only in part, is what everybody gets; a late owner's own may be another."""
    if evidence.client is None or evidence.client[0].status != 303:
        return
    first, is_whole = evidence.client
    final = evidence.story.final
    if evidence.asleep is not None and evidence.asleep.final is not None and evidence.asleep.final.status == 303:
        return
    if evidence.story.doubted:
        yield "I7 a success was sent, and nobody knew of it"
    if final is None or (first.status, first.fields) != (final.status, final.fields):
        yield f"I7 {first} was sent, and then {final}"
    elif not final.content.startswith(first.content) or (is_whole and final.content != first.content):
        yield f"I2 {first.content!r} was sent, and then {final.content!r}"
    if len(nonces) != 1:
        yield f"I1 a success was sent, and there are {len(nonces)} effects"


def _of_sleeper(cell: Cell, evidence: Evidence, seen: Story) -> Iterator[str]:
    """What was said while the owner slept is said afterwards, too."""
    final = evidence.story.final
    if seen.final is None:
        if not cell.is_transactional:  # a transaction is held as long as its owner holds it
            yield f"I3 blocked for {seen.stuck:.1f} s while its owner slept"
    elif seen.final.status == 303:
        if final is None or seen.final.own != final.own:
            yield f"I5 {seen.final} while the owner slept, and then {final}"
    elif cell.policy != "unknown" or seen.final.problem != "outcome-unknown":
        yield f"I5 {seen.final} while the owner slept"
