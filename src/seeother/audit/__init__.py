# SPDX-License-Identifier: Apache-2.0
"""Looks at a site from outside: reads recordings, judges them by the rules and reports.

Rules of this room: recordings are foreign and may hold secrets; nothing leaves a report that was not redacted, and
nothing that a recording holds raises anything but `HarError`.
"""

from .har import HarError, Recording, read_har
from .report import Report, audit_recording, to_document
from .text import to_text

__all__ = ["HarError", "Recording", "Report", "audit_recording", "read_har", "to_document", "to_text"]
