# SPDX-License-Identifier: Apache-2.0
"""Who in this process wants to hear of each finding, whichever guard made it: the test fixture, above all."""

import logging
from collections.abc import Callable

from seeother.journey import Finding

from .context import ExchangeContext

Listener = Callable[[Finding, ExchangeContext | None], None]

_log = logging.getLogger("seeother.guard")
_listeners: list[Listener] = []


def listen(listener: Listener) -> Callable[[], None]:
    """Have `listener` called with each finding, in the thread that found it; returns what undoes this."""

    def once(finding: Finding, context: ExchangeContext | None) -> None:
        listener(finding, context)

    _listeners.append(once)  # not `listener` itself: it may listen twice, and each undo takes back its own

    def undo() -> None:
        if once in _listeners:
            _listeners.remove(once)

    return undo


def tell(finding: Finding, context: ExchangeContext | None = None) -> None:
    """Tell all listeners of a finding; what goes wrong with one of them is logged, not raised."""
    for listener in tuple(_listeners):
        try:
            listener(finding, context)
        except Exception:  # noqa: BLE001 - a listener's error is not the application's
            _log.exception("a listener could not take a finding of %s", finding.rule)
