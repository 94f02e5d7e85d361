# SPDX-License-Identifier: Apache-2.0
"""Knows the redirect whose target nothing can be wrong with, so that rules about targets need not look at each one."""

import re

from seeother.message import Exchange, first

# Letters, digits, - and _ between single slashes: no host, no parameter, no dot segment, nothing encoded.
_PLAIN = re.compile(rb"/(?:[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*/?)?\Z")


def is_plain_redirect(exchange: Exchange) -> bool:
    """Whether a person's browser is sent to a plain path of the site itself, by one Location."""
    location: bytes | None = None
    for name, value in exchange.response.fields:
        if name == b"location":
            if location is not None:
                return False
            location = value
    if location is None or not _PLAIN.match(location):
        return False
    return first(exchange.request.fields, b"sec-fetch-mode") == b"navigate"
