# SPDX-License-Identifier: Apache-2.0
"""Our words on the wire: OpenTelemetry's protocol without its SDK on the hot path.

Rules of this room: recording a row may cost a microsecond and never raises; encoding and sending happen in a thread of
their own, and nothing that goes wrong there reaches the application.
"""

from .attributes import ATTRIBUTES, Attribute
from .context import ExchangeContext, current, enter, leave
from .exporter import Exporter
from .propagation import Baggage, begin, outgoing_fields, read_baggage
from .recorder import Recorder
from .row import FindingRow, Row

__all__ = [
    "ATTRIBUTES",
    "Attribute",
    "Baggage",
    "ExchangeContext",
    "Exporter",
    "FindingRow",
    "Recorder",
    "Row",
    "begin",
    "current",
    "enter",
    "leave",
    "outgoing_fields",
    "read_baggage",
]
