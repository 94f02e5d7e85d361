# SPDX-License-Identifier: Apache-2.0
"""What every ledger promises.

One key goes through these states, and only the owner of a claim (who holds its token) moves it on:

    free ── claim ──> running ── settle ──> finished ── its time is up ──> free
                         │  └─── renew ───> running, for longer
                         ├────── release ─> free
                         ├────── abandon ─> unknown ── its time is up ──> free
                         └── lease is up ─> unknown ── renew, settle, release or abandon by the late owner, as from
                                                       running

Unknown means that it was begun and nobody knows how it ended: it never turns into a second run by itself, only by a
claim that says that running twice does no harm (`rerun`). After `abandon` the owner may still settle (it learnt the
outcome), but neither release nor renew. Whoever looks into the matter finds it by `unknown`, and ends it by `settle`
or by `clear`.
"""

from typing import Protocol

from seeother.message import Response
from seeother.policy import Doubt, Granted, LedgerKey, Verdict

UNKNOWN_SECONDS = 24 * 3600.0  # how long an unknown outcome blocks its key: a day for somebody to look into it


class AsyncLedger(Protocol):
    """A ledger's calls on an event loop; what they say is what the calls of `Ledger` say."""

    async def claim(self, key: LedgerKey, fingerprint: bytes, lease: float, *, rerun: bool = False) -> Verdict:
        """Take the key for `lease` seconds if it is free, else say how it stands."""
        ...

    async def renew(self, granted: Granted, lease: float) -> bool:
        """Let the claim run until `lease` seconds from now."""
        ...

    async def settle(self, granted: Granted, answer: Response, keep: float) -> bool:
        """Remember the answer for `keep` seconds."""
        ...

    async def release(self, granted: Granted) -> bool:
        """Free the key, for nothing happened."""
        ...

    async def abandon(self, granted: Granted) -> bool:
        """Say that the outcome is unknown."""
        ...


class Ledger(Protocol):
    """Remembers answered actions; each call is atomic, and raises StoreError when the store cannot do it.

    `blocking` tells an adapter that the calls may wait for a disk or a network.
    """

    blocking: bool

    @property
    def awaitable(self) -> AsyncLedger:
        """The same ledger for an event loop."""
        ...

    def claim(self, key: LedgerKey, fingerprint: bytes, lease: float, *, rerun: bool = False) -> Verdict:
        """Take the key for `lease` seconds if it is free, else say how it stands.

        With `rerun` an unknown outcome counts as free: a new claim is granted, and its late owner is fenced off.
        """
        ...

    def renew(self, granted: Granted, lease: float) -> bool:
        """Let the claim run until `lease` seconds from now, even if its lease was up.

        False, and nothing changed, when the claim is no longer ours, or is abandoned or finished.
        """
        ...

    def settle(self, granted: Granted, answer: Response, keep: float) -> bool:
        """Remember the answer for `keep` seconds; False, and nothing changed, when the claim is no longer ours."""
        ...

    def release(self, granted: Granted) -> bool:
        """Free the key, for nothing happened; False when the claim is no longer ours."""
        ...

    def abandon(self, granted: Granted) -> bool:
        """Say that the outcome is unknown; False when the claim is no longer ours."""
        ...

    def unknown(self, most: int, *, grace: float = 0.0, after: Doubt | None = None) -> list[Doubt]:
        """At most so many claims whose outcome is unknown, oldest first: abandoned ones, and those past their lease.

        Only those that were made `grace` seconds ago or before, and after the one that is given.
        """
        ...

    def clear(self, granted: Granted) -> bool:
        """Free a key of unknown outcome, for whoever looked into it found that nothing happened.

        False, and nothing changed, when the outcome is not unknown: another claim, one that runs again, a finished one.
        """
        ...

    def purge(self) -> int:
        """Forget what has had its time; returns how many keys that were. Claims do so now and then by themselves."""
        ...

    def close(self) -> None:
        """Give back what the ledger holds open; it is not used afterwards."""
        ...


def retry_after(elapsed: float, lease_left: float) -> float:
    """Seconds after which asking again is worth it: as long again as it has taken so far, within the lease.

    What has run for a while will on average run as long again; at least a second, since no field says less.
    """
    return max(1.0, min(elapsed, lease_left))
