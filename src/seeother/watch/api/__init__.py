# SPDX-License-Identifier: Apache-2.0
"""Answers over HTTP: JSON, server-sent events and metrics.

Rules of this room: it asks questions and shapes answers, no SQL; errors are problem details (RFC 9457).
"""

from .announcer import Announcer
from .application import create_api
from .desk import Desk
from .host import HostGate, Names
from .intake import Intake
from .stream import count_changes
from .token import OPEN, TokenGate

__all__ = ["OPEN", "Announcer", "Desk", "HostGate", "Intake", "Names", "TokenGate", "count_changes", "create_api"]
