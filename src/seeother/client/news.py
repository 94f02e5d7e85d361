# SPDX-License-Identifier: Apache-2.0
"""What breakers tell, on its way to telemetry: each change of state as an event, all else counted.

A refused call is counted and no event, for in an outage there are thousands. Nothing is told of a call that went well.
What happens inside an exchange goes to the recorder of its guard; a change of state is also a line in the log.
"""

import logging
from typing import assert_never

from seeother.breaker import BackPressure, CallFailed, CallSlow, News, Refused, State, StateChanged
from seeother.gate import PASSING
from seeother.telemetry import Called, current

_log = logging.getLogger("seeother.breaker")
_EVENTS = {State.OPEN: "opened", State.FORCED_OPEN: "opened", State.CLOSED: "closed"}


def record(news: News) -> None:
    """Take one of a breaker's news: the listener of each Caller's breakers."""
    passing = PASSING.get()
    recorder = None if passing is None else passing.recorder
    if isinstance(news, StateChanged):
        level = logging.WARNING if news.open_seconds else logging.INFO
        _log.log(level, "the breaker of %s is %s, and was %s", news.name, news.after, news.before)
        if recorder is not None:
            recorder.changed(news.name, news.before, news.after, round(news.open_seconds * 1000), current())
    if recorder is not None:
        recorder.called(_called(news))


def _called(news: News) -> Called:
    """What the news is counted as."""
    match news:
        case StateChanged(name, _, _, state):
            return Called(name, _EVENTS.get(state, str(state)))
        case Refused(name, reason):
            return Called(name, "refused", str(reason))
        case CallFailed(name, outcome):
            return Called(name, "failed", str(outcome))
        case CallSlow(name):
            return Called(name, "slow")
        case BackPressure(name):
            return Called(name, "back-pressure")
        case _:
            assert_never(news)
