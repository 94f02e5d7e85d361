# SPDX-License-Identifier: Apache-2.0
"""What the proxy in front has answered by itself, from its access log: no application knows of it.

    tail.py    whole lines as they are written, through rotation and truncation
    entry.py   one line of nginx's JSON log            feed.py    entries as failed attempts, into the store

Rules of this room: what an application has answered is its own guard's to record, so such lines are passed over;
no query, address or path that is not a template is kept.
"""

from .entry import LOG_FORMAT
from .feed import Feed
from .tail import Tail

__all__ = ["LOG_FORMAT", "Feed", "Tail"]
