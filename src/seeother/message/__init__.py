# SPDX-License-Identifier: Apache-2.0
"""What HTTP says: fields, requests, responses and exchanges, in the words of RFC 9110.

Rules of this room: nothing here does I/O, reads a clock or knows what is good or bad; bytes stay bytes; a reader of
what somebody sent answers None to what it cannot read and never raises.
"""

from .accept import preferred
from .caching import (
    CACHE_FIELDS,
    Sharing,
    cache_directives,
    forbids_sharing,
    freshness,
    invites_sharing,
    is_storable,
    sharing,
)
from .date import HttpDate, read_date, to_date
from .exchange import Exchange, Request, Response, ResponseHead
from .fields import (
    Field,
    Fields,
    Lines,
    Lookup,
    cookie,
    cookie_in,
    essence,
    every,
    first,
    lookup,
    media_type,
    replaced,
    without,
)
from .forwarded import FORWARDED_FIELDS, ForwardedHop, Forwarding, believed, is_within
from .method import IDEMPOTENT_METHODS, SAFE_METHODS
from .pattern import Pattern, PatternTable
from .retry_after import RetryAfter, read_retry_after, to_retry_after
from .set_cookie import SetCookie, read_set_cookie
from .status import REDIRECTS, Status, has_content
from .structured import read_dictionary, read_item, read_list, read_string_item, to_string_item
from .target import (
    Origin,
    ReferenceKind,
    Target,
    is_same_origin,
    kind_of,
    origin_of,
    read_origin,
    resolve,
    to_relative,
)

__all__ = [
    "CACHE_FIELDS",
    "FORWARDED_FIELDS",
    "IDEMPOTENT_METHODS",
    "REDIRECTS",
    "SAFE_METHODS",
    "Exchange",
    "Field",
    "Fields",
    "ForwardedHop",
    "Forwarding",
    "HttpDate",
    "Lines",
    "Lookup",
    "Origin",
    "Pattern",
    "PatternTable",
    "ReferenceKind",
    "Request",
    "Response",
    "ResponseHead",
    "RetryAfter",
    "SetCookie",
    "Sharing",
    "Status",
    "Target",
    "believed",
    "cache_directives",
    "cookie",
    "cookie_in",
    "essence",
    "every",
    "first",
    "forbids_sharing",
    "freshness",
    "has_content",
    "invites_sharing",
    "is_same_origin",
    "is_storable",
    "is_within",
    "kind_of",
    "lookup",
    "media_type",
    "origin_of",
    "preferred",
    "read_date",
    "read_dictionary",
    "read_item",
    "read_list",
    "read_origin",
    "read_retry_after",
    "read_set_cookie",
    "read_string_item",
    "replaced",
    "resolve",
    "sharing",
    "to_date",
    "to_relative",
    "to_retry_after",
    "to_string_item",
    "without",
]
