# SPDX-License-Identifier: Apache-2.0
"""How the clients of the shop connect: whom they believe, and how long they keep a quiet connection."""

import ssl
from functools import cache

import httpx2

# uvicorn hangs up after 5 s of quiet, and httpx2 keeps a connection just as long: a request sent at that very moment
# would be lost without an answer, which for a charge means "nobody knows". So our side lets go first.
SHORT_QUIET = httpx2.Limits(keepalive_expiry=2.0)


@cache
def trusted_for(url: str) -> ssl.SSLContext:
    """The system's authorities; for plain http an empty list, which is read in no time and believes nobody."""
    if url.startswith("http:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return ssl.create_default_context()
