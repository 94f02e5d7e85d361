# SPDX-License-Identifier: Apache-2.0
"""The calls of a ledger that does not block, for those who await them."""

from seeother.message import Response
from seeother.policy import Granted, LedgerKey, Verdict

from .port import Ledger


class InPlace:
    """Asks a ledger that does not block."""

    __slots__ = ("_ledger",)

    def __init__(self, ledger: Ledger) -> None:
        """Ask this one."""
        self._ledger = ledger

    async def claim(self, key: LedgerKey, fingerprint: bytes, lease: float, *, rerun: bool = False) -> Verdict:
        """Take the key for `lease` seconds if it is free, else say how it stands."""
        return self._ledger.claim(key, fingerprint, lease, rerun=rerun)

    async def renew(self, granted: Granted, lease: float) -> bool:
        """Let the claim run until `lease` seconds from now."""
        return self._ledger.renew(granted, lease)

    async def settle(self, granted: Granted, answer: Response, keep: float) -> bool:
        """Remember the answer for `keep` seconds."""
        return self._ledger.settle(granted, answer, keep)

    async def release(self, granted: Granted) -> bool:
        """Free the key, for nothing happened."""
        return self._ledger.release(granted)

    async def abandon(self, granted: Granted) -> bool:
        """Say that the outcome is unknown."""
        return self._ledger.abandon(granted)
