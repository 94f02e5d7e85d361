# SPDX-License-Identifier: Apache-2.0
"""An error of the guard's own while a flow is driven: the exchange passes as if there were no guard.

Rules of this file (DESIGN decision 1):
- What is thrown into a flow and leaves it is no error of the guard's: the application failed, or the client left.
- Once the application was asked, or an answer given, nothing is undone and the error stays what it is.
- What the ledger knows of is not done once more, whatever fails afterwards.
- A ledger that fails in whatever way is a ledger that is away: its route says what happens then.
"""

import logging

from seeother.errors import SeeOtherError, StoreError
from seeother.journey import IncidentKind
from seeother.policy import (
    Abandon,
    Claim,
    Flow,
    Forward,
    Granted,
    Read,
    Release,
    Reply,
    Respond,
    Settle,
    Want,
    unguarded,
)

from .passage import FindingError, Passage

_log = logging.getLogger("seeother.guard")
_OF_LEDGER = (Claim, Settle, Release, Abandon)
_ENDS = frozenset({Forward, Respond})  # after these nothing can be undone


def failing_open(passage: Passage, flow: Flow) -> Flow:
    """The flow; where it fails by itself before the application was asked, the application is asked without it."""
    reply = None
    failure: BaseException | None = None
    may_pass = True
    while True:
        try:
            want = flow.send(reply) if failure is None else flow.throw(failure)
        except StopIteration:
            return
        except Exception as error:
            if not may_pass or error is failure or isinstance(error, FindingError):
                raise
            _told(passage, error)
            break
        finally:
            failure = None  # or it and this frame would keep each other alive
        if type(want) in _ENDS:
            may_pass = False
        try:
            reply = yield want
        except GeneratorExit:
            flow.close()
            raise
        except BaseException as error:  # noqa: BLE001 - it is the inner flow's to handle
            failure = _seen(passage, want, error)
        else:
            may_pass = may_pass and not _is_final(want, reply)
    yield from unguarded()


def _is_final(want: Want, reply: Reply) -> bool:
    """Whether the application may not be asked after this reply."""
    if isinstance(want, Read):
        return reply is None  # the content was too long and is half taken: the application would miss its beginning
    return isinstance(want, Claim) and not isinstance(reply, Granted)  # it would be done a second time


def _told(passage: Passage, error: Exception) -> None:
    """Tell that the guard has failed, and of an action that it ran unprotected."""
    passage.failed("do what an exchange needs", error)
    if passage.place.is_once:
        passage.happened(IncidentKind.UNPROTECTED, why="the guard failed")


def _seen(passage: Passage, want: Want, error: BaseException) -> BaseException:
    """The failure as the flow is to see it."""
    if not isinstance(want, _OF_LEDGER) or not isinstance(error, Exception):
        return error
    if isinstance(error, SeeOtherError):
        # The answer gives no reason, and no finding does.
        route = passage.place.route
        _log.warning("the ledger failed a %s for %s: %s", type(want).__name__.lower(), route and route.match, error)
        return error
    passage.failed("ask its ledger", error)
    away = StoreError("the ledger failed")
    away.__cause__ = error
    return away
