# SPDX-License-Identifier: Apache-2.0
"""OTLP in: the bytes of requests, on their way to the warehouse.

Rules of this room: what servers send is bounded and decompressed, never parsed; what browsers send is parsed, scrubbed
and written anew; nothing is acknowledged before it is stored.
"""

from .browser import BROWSER_PATH, BrowserReceiver
from .heartbeat import BEAT_SECONDS, Heartbeat
from .receiver import CONTENT_LIMIT, HELD_LIMIT, PATHS, Receiver

__all__ = [
    "BEAT_SECONDS",
    "BROWSER_PATH",
    "CONTENT_LIMIT",
    "HELD_LIMIT",
    "PATHS",
    "BrowserReceiver",
    "Heartbeat",
    "Receiver",
]
