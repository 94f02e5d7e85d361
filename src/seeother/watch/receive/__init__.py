# SPDX-License-Identifier: Apache-2.0
"""OTLP in: the bytes of requests, on their way to the warehouse.

Rules of this room: content is bounded and decompressed, never parsed; nothing is acknowledged before it is stored.
"""

from .receiver import CONTENT_LIMIT, HELD_LIMIT, PATHS, Receiver

__all__ = ["CONTENT_LIMIT", "HELD_LIMIT", "PATHS", "Receiver"]
