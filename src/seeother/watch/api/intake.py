# SPDX-License-Identifier: Apache-2.0
"""What comes in, as far as the health of watch is told from it."""

from dataclasses import dataclass

from seeother.watch.receive import BrowserReceiver, Heartbeat, Receiver


@dataclass(frozen=True, slots=True)
class Intake:
    """The two doors, and what makes sure that they lead somewhere."""

    servers: Receiver
    browsers: BrowserReceiver
    heartbeat: Heartbeat | None = None
