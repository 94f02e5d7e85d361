# SPDX-License-Identifier: Apache-2.0
"""h11's reader of requests, which refuses a folded line instead of joining it to the one before.

RFC 9112 section 5.2 leaves a server the choice; a proxy has none. Whoever stands before it may have read a line that
begins with a space as a field of its own, or as nothing, and then Transfer-Encoding says two things about one request.
"""

import re

import h11

_BLANK = re.compile(rb"\n\r?\n")  # as h11 finds the end of a head


class Unfolding(h11.Connection):
    """The server's side of a connection, on which no field goes over more than one line."""

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """As h11 has it; raises RemoteProtocolError for a head with a folded line."""
        if self.their_state is h11.IDLE:
            waiting = self.trailing_data[0]
            if (b"\n " in waiting or b"\n\t" in waiting) and _is_folded(waiting):
                raise h11.RemoteProtocolError("a line of the head is folded", error_status_hint=400)
        return super().next_event()


def _is_folded(waiting: bytes) -> bool:
    """Whether a line that begins with a space or a tab belongs to the head, and not to what follows it."""
    end = _BLANK.search(waiting)
    head = waiting if end is None else waiting[: end.end()]
    return b"\n " in head or b"\n\t" in head
