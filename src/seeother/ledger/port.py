# SPDX-License-Identifier: Apache-2.0
"""What every ledger promises.

One key goes through these states, and only the owner of a claim (who holds its token) moves it on:

    free ── claim ──> running ── settle ──> finished ── its time is up ──> free
                         ├────── release ─> free
                         ├────── abandon ─> unknown ── its time is up ──> free
                         └── lease is up ─> unknown ── settle, release or abandon by the late owner, as from running

Unknown means that it was begun and nobody knows how it ended: it never turns into a second run by itself, only by a
claim that says that running twice does no harm (`rerun`). After `abandon` the owner may still settle (it learnt the
outcome), but no longer release.
"""

from typing import Protocol

from seeother.message import Response
from seeother.policy import Granted, LedgerKey, Verdict

UNKNOWN_SECONDS = 24 * 3600.0  # how long an unknown outcome blocks its key: a day for somebody to look into it


class Ledger(Protocol):
    """Remembers answered actions; each call is atomic, and raises StoreError when the store cannot do it.

    `blocking` tells an adapter that the calls may wait for a disk or a network.
    """

    blocking: bool

    def claim(self, key: LedgerKey, fingerprint: bytes, lease: float, *, rerun: bool = False) -> Verdict:
        """Take the key for `lease` seconds if it is free, else say how it stands.

        With `rerun` an unknown outcome counts as free: a new claim is granted, and its late owner is fenced off.
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
