# SPDX-License-Identifier: Apache-2.0
"""What one exchange, and one finding, leave behind on the hot path; encoded later by another thread."""

from typing import NamedTuple

from seeother.journey import Finding

from .context import ExchangeContext


class Row(NamedTuple):
    """One exchange of a journey; `status` is the one really sent, 0 when no head was sent.

    `error_type` is "cut" when the answer broke off; None means that the status says it all.
    """

    context: ExchangeContext
    start_ns: int  # since the Unix epoch
    duration_ns: int
    method: str
    route: str | None
    status: int
    failed: bool = False
    error_type: str | None = None
    replayed: bool = False
    claimed_id: str | None = None


class BreakerRow(NamedTuple):
    """A breaker's change of state, and the exchange whose call has caused it, if there was one."""

    time_ns: int  # since the Unix epoch
    name: str
    before: str
    state: str
    open_ms: int
    context: ExchangeContext | None


class FindingRow(NamedTuple):
    """One finding, the exchange it is about and that exchange's route template."""

    time_ns: int  # since the Unix epoch
    finding: Finding
    context: ExchangeContext | None
    route: str | None


AnyRow = Row | FindingRow | BreakerRow
