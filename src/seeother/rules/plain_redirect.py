# SPDX-License-Identifier: Apache-2.0
"""Knows the redirect with which nothing can be wrong, so that a dozen rules need not look at each one."""

import re

from seeother.message import Exchange, first

# Letters, digits, - and _ between single slashes: no host, no parameter, no dot segment, nothing encoded.
_PLAIN = re.compile(rb"/(?:[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*/?)?\Z")
_REFRESH = re.compile(rb"refresh", re.IGNORECASE)


def is_plain_redirect(exchange: Exchange) -> bool:
    """Whether a person is led to a plain path of the site itself, by one Location and by the content, if it is kept."""
    location: bytes | None = None
    for name, value in exchange.response.fields:
        if name == b"location":
            if location is not None:
                return False
            location = value
    if location is None or not _PLAIN.match(location):
        return False
    content = exchange.content
    if content is not None and (location not in content or _REFRESH.search(content)):
        return False
    return first(exchange.request.fields, b"sec-fetch-mode") == b"navigate"
