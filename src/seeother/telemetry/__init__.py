# SPDX-License-Identifier: Apache-2.0
"""Our words on the wire: OpenTelemetry's protocol without its SDK on the hot path.

Rules of this room: recording a row may cost a microsecond and never raises; encoding and sending happen in a thread of
their own, and nothing that goes wrong there reaches the application.
"""

from .attributes import ATTRIBUTES, Attribute
from .carry import CarryingExecutor, carrying, from_carrier, resume, to_carrier
from .context import ExchangeContext, current, enter, leave
from .exporter import Exporter
from .listeners import Listener, listen, tell
from .log_lines import LOG_FORMAT, JourneyFilter, add_journey
from .metrics import Called, Found
from .propagation import Baggage, begin, outgoing_fields, read_baggage
from .recorder import Recorder
from .row import FindingRow, Row

__all__ = [
    "ATTRIBUTES",
    "LOG_FORMAT",
    "Attribute",
    "Baggage",
    "Called",
    "CarryingExecutor",
    "ExchangeContext",
    "Exporter",
    "FindingRow",
    "Found",
    "JourneyFilter",
    "Listener",
    "Recorder",
    "Row",
    "add_journey",
    "begin",
    "carrying",
    "current",
    "enter",
    "from_carrier",
    "leave",
    "listen",
    "outgoing_fields",
    "read_baggage",
    "resume",
    "tell",
    "to_carrier",
]
