# SPDX-License-Identifier: Apache-2.0
"""What all exchanges of one guarded application share."""

from dataclasses import dataclass, field

from seeother.clock import Clock
from seeother.journey import Seal
from seeother.ledger import Ledger
from seeother.message import Origin, PatternTable
from seeother.policy import Desk, FallbackPage, FormTokens, Reception, RoutePolicy
from seeother.settings import Mode
from seeother.telemetry import Recorder


@dataclass(frozen=True, slots=True)
class Shared:
    """The parts of one guard.

    `repairs` tells whether answers may be changed, `looks_always` that each page is read; `parking` has the routes
    whose pages are parked; who waits for another's answer has a seat at the `desk`; in `front` of a database that is
    an application's own ledger stands one that knows what this process is at.
    """

    mode: Mode
    repairs: bool
    looks_always: bool
    clock: Clock
    reception: Reception
    pages: FallbackPage
    recorder: Recorder | None
    ledger: Ledger | None
    seal: Seal | None
    form_tokens: FormTokens | None
    site: Origin | None
    trusted_origins: frozenset[Origin]
    parking: PatternTable[RoutePolicy]
    way_on: str
    desk: Desk = field(default_factory=Desk)
    front: Ledger | None = None
