# SPDX-License-Identifier: Apache-2.0
"""What HTTP says: fields, requests, responses and exchanges, in the words of RFC 9110.

Rules of this room: nothing here does I/O, reads a clock or knows what is good or bad; bytes stay bytes.
"""

from .caching import forbids_sharing, invites_sharing
from .exchange import SAFE_METHODS, Exchange, Request, Response, ResponseHead
from .fields import Field, Fields, cookie, every, first, media_type, replaced, without
from .pattern import Pattern, PatternTable

__all__ = [
    "SAFE_METHODS",
    "Exchange",
    "Field",
    "Fields",
    "Pattern",
    "PatternTable",
    "Request",
    "Response",
    "ResponseHead",
    "cookie",
    "every",
    "first",
    "forbids_sharing",
    "invites_sharing",
    "media_type",
    "replaced",
    "without",
]
