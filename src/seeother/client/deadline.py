# SPDX-License-Identifier: Apache-2.0
"""How long the answer to whoever asked us is of use: what `deadline_of` says, and what the request under way came with.

The guard reads it only where a call asks for it, so that an exchange without calls pays nothing.
"""

from seeother.breaker import Deadline, current_deadline
from seeother.gate import PASSING


def time_left() -> Deadline | None:
    """The nearer of the two deadlines; None where there is none."""
    own, passing = current_deadline(), PASSING.get()
    if passing is None:
        return own
    given = passing.deadline()
    if given is None or own is None:
        return given or own
    return min(given, own)
