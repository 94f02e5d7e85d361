# SPDX-License-Identifier: Apache-2.0
"""What can go wrong with a server that is asked, as far as it matters who learns what.

NotReached    no connection: it was asked nothing, so nothing was done
Returned      it is this guard itself, or leads back to it: nobody was asked anything
Silent        it has the request and said nothing in time (504, RFC 9110 section 15.6.5)
Broken        it has the request and gave no answer, or none that can be read (502, section 15.6.3)
Cut           its answer has begun and will not end
Departed      whoever asked has left
"""

from seeother.breaker import Outcome
from seeother.errors import PeerError


class TroubleError(PeerError):
    """A server that did not answer as it should; `status` says so honestly, `outcome` is for its breaker."""

    status = 502
    outcome = Outcome.UNREACHABLE
    is_reached = True


class NotReachedError(TroubleError):
    """There is no connection."""

    is_reached = False


class SlowToConnectError(NotReachedError):
    """There was no connection in time."""

    status = 504
    outcome = Outcome.TIMEOUT


class ReturnedError(NotReachedError):
    """The request has come back to the guard that has sent it."""


class SilentError(TroubleError):
    """Nothing came in time."""

    status = 504
    outcome = Outcome.TIMEOUT


class BrokenError(TroubleError):
    """The connection ended without an answer, or with one that cannot be read."""


class CutError(TroubleError):
    """An answer ended before its end."""

    outcome = Outcome.CUT


class DepartedError(TroubleError):
    """Whoever asked has left, and the server need not go on."""

    outcome = Outcome.CANCELLED
