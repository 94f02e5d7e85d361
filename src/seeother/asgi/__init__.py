# SPDX-License-Identifier: Apache-2.0
"""The guard for ASGI applications.

Rules of this room: thin; it turns ASGI messages into values, drives flows, and decides nothing itself.
"""

from .current import return_token
from .guard import Guard

__all__ = ["Guard", "return_token"]
