# SPDX-License-Identifier: Apache-2.0
"""Whose certificates a client of the shop believes."""

import ssl
from functools import cache


@cache
def trusted_for(url: str) -> ssl.SSLContext:
    """The system's authorities; for plain http an empty list, which is read in no time and believes nobody."""
    if url.startswith("http:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return ssl.create_default_context()
