# SPDX-License-Identifier: Apache-2.0
"""The token that callers show when watch listens beyond this machine.

Programs send it as a bearer token; people type it into the browser's own dialogue, as the password to any name.
Without one watch answers on this machine only, and there only by address or as localhost: any other name may be a
stranger's who has pointed it here, to have people's browsers read for him what they reach (DNS rebinding).
"""

import hmac
from base64 import b64decode
from binascii import Error as Base64Error
from ipaddress import ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from seeother.message import Fields, first, read_origin

from .problem import problem

_OPEN = frozenset({"/healthz"})  # says nothing but that somebody is there
_ELSEWHERE = 'without a token watch answers as localhost or by address; set token = "env:SEEOTHER_TOKEN" in [watch]'


class TokenGate:
    """Lets through to `inside` who shows the token; everyone who asks this machine when there is none."""

    def __init__(self, inside: ASGIApp, token: str | None) -> None:
        """Guard `inside`."""
        self._inside = inside
        self._token = None if token is None else token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer 401 or 421."""
        if scope["type"] != "http" or scope["path"] in _OPEN:
            await self._inside(scope, receive, send)
            return
        fields: Fields = tuple(scope["headers"])
        if self._token is None:
            if _is_ours(first(fields, b"host") or b""):
                await self._inside(scope, receive, send)
            else:
                await problem(421, _ELSEWHERE)(scope, receive, send)
            return
        shown = _shown(fields)
        if shown is not None and hmac.compare_digest(shown, self._token):
            await self._inside(scope, receive, send)
            return
        detail = "show the token that watch was given: Authorization: Bearer TOKEN"
        await problem(401, detail, www_authenticate='Basic realm="watch", charset="UTF-8"')(scope, receive, send)


def _is_ours(host: bytes) -> bool:
    """Whether nobody else can have made this Host field's name lead here."""
    origin = read_origin(b"http://" + host)
    if origin is None:
        return False
    if origin.host == "localhost" or origin.host.endswith(".localhost"):  # RFC 6761 6.3
        return True
    try:
        ip_address(origin.host.strip("[]"))
    except ValueError:
        return False
    return True


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
