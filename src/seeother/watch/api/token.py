# SPDX-License-Identifier: Apache-2.0
"""The token that callers show when watch listens beyond this machine.

Programs send it as a bearer token; people type it into the browser's own dialogue, as the password to any name.
"""

import hmac
from base64 import b64decode
from binascii import Error as Base64Error

from starlette.types import ASGIApp, Receive, Scope, Send

from seeother.message import Fields, first

from .problem import problem

OPEN = frozenset({"/healthz"})  # says nothing but that somebody is there


class TokenGate:
    """Lets through to `inside` who shows the token."""

    def __init__(self, inside: ASGIApp, token: str) -> None:
        """Guard `inside`."""
        self._inside = inside
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer 401."""
        if scope["type"] != "http" or scope["path"] in OPEN:
            await self._inside(scope, receive, send)
            return
        shown = _shown(tuple(scope["headers"]))
        if shown is not None and hmac.compare_digest(shown, self._token):
            await self._inside(scope, receive, send)
            return
        detail = "show the token that watch was given: Authorization: Bearer TOKEN"
        await problem(401, detail, www_authenticate='Basic realm="watch", charset="UTF-8"')(scope, receive, send)


def _shown(fields: Fields) -> bytes | None:
    """The token in a request's Authorization field."""
    scheme, _, value = (first(fields, b"authorization") or b"").strip().partition(b" ")
    match scheme.lower():
        case b"bearer":
            return value.strip()
        case b"basic":
            try:
                return b64decode(value, validate=True).partition(b":")[2]
            except Base64Error:
                return None
        case _:
            return None
