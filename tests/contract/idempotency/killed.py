# SPDX-License-Identifier: Apache-2.0
"""A process that is killed in the middle of an action, after the effect and before the answer.

Arguments: the entrance, the ledger's address, the file that shows the effect. The lease is short.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.contract.idempotency.site import ENTRANCES, Site

LEASE_SECONDS = 0.5


def main(entrance: str, ledger: str, effect: str) -> None:
    """Have one action done, and die of it."""
    site = Site(ENTRANCES[entrance], ledger, {})
    sys.modules["seeother.policy.idempotency.once"].LEASE_SECONDS = LEASE_SECONDS  # type: ignore[attr-defined]

    class Runs(list[str]):
        def append(self, run: str) -> None:
            with Path(effect).open("a") as file:
                file.write(f"{run}\n")
                file.flush()
                os.fsync(file.fileno())
            os.kill(os.getpid(), signal.SIGKILL)

    site.world.runs = Runs()
    asyncio.run(_asked(site))


async def _asked(site: Site) -> None:
    await site.ask()


if __name__ == "__main__":
    main(*sys.argv[1:])
