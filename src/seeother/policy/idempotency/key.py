# SPDX-License-Identifier: Apache-2.0
"""Which action a request asks for: its key, whose it is, and what tells it from another under the same key.

The key stands in `Idempotency-Key` (a structured-field String by draft-ietf-httpapi-idempotency-key-header-07;
bare ones are accepted, as nearly all clients send them), in `X-Idempotency-Key`, in the form field
`idempotency_key`, or, for a callback, in `Webhook-Id` (Standard Webhooks).
"""

import re
from hashlib import sha256
from urllib.parse import unquote_to_bytes

from seeother.message import Request, cookie, every, media_type
from seeother.policy.forgery import TOKEN_FIELD

from ..claim import LedgerKey
from ..route import Idempotency, RoutePolicy

FORM_FIELD = "idempotency_key"
_HEADER_NAMES = (b"idempotency-key", b"x-idempotency-key")
_QUOTED = re.compile(rb'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"\Z')  # RFC 9651 section 3.3.3
_FORM_KEYS = re.compile(rb"(?:\A|&)" + FORM_FIELD.encode() + rb"=([^&]*)")  # browsers leave its name as it is
_TOKENS = re.compile(rb"(?:\A|&)" + TOKEN_FIELD.encode() + rb"=[^&]*")
_BARE = re.compile(rb"[\x21-\x7e]{1,255}\Z")


class KeyProblem(ValueError):  # noqa: N818 - it names a kind of problem, as the answer does
    """The request's key cannot be used; the text says why."""


def read_key(request: Request, route: RoutePolicy, content: bytes) -> str | None:
    """The key that the request carries, or None; raises KeyProblem when it is malformed or there are two."""
    names = (b"webhook-id",) if route.idempotency is Idempotency.CALLBACK else _HEADER_NAMES
    given = [value for name in names for value in every(request.fields, name)]
    if not given and route.idempotency is not Idempotency.CALLBACK:
        given = _form_values(request, content)
    keys = {_parsed(value) for value in given}
    if len(keys) > 1:
        message = "the request carries more than one idempotency key"
        raise KeyProblem(message)
    return keys.pop() if keys else None


def is_keyless(request: Request) -> bool:
    """Whether a request to an action carries no key, whatever its content may be."""
    return not any(every(request.fields, name) for name in _HEADER_NAMES) and not _is_form(request)


def ledger_key(request: Request, route: RoutePolicy, key: str) -> LedgerKey:
    """The key within the route and the principal, so that nobody is answered with a stranger's answer."""
    kind, _, name = route.principal.partition(":")
    if kind == "session":
        who = cookie(request.fields, name.encode()) or b""
    else:
        who = b"\0".join(every(request.fields, b"authorization"))
    principal = sha256(who).hexdigest()[:32] if who else "shared"
    return LedgerKey(f"{route.match} {principal}", key)


def fingerprint(request: Request, content: bytes) -> bytes:
    """A digest of method, target and content: the same for the same request, and for no other.

    The guard's own token is left out of a form: whoever opens the form anew sends the same action with another one.
    """
    if _is_form(request):
        content = _TOKENS.sub(b"", content)
    digest = sha256()
    for part in (request.method.encode(), request.path.encode(errors="surrogatepass"), request.query, content):
        digest.update(b"%d:" % len(part) + part)  # with its length: a path may hold any separator, even NUL
    return digest.digest()


def _parsed(value: bytes) -> str:
    value = value.strip()
    if match := _QUOTED.match(value):
        value = match[1].replace(b'\\"', b'"').replace(b"\\\\", b"\\")
    if not _BARE.match(value):
        message = "an idempotency key has 1 to 255 visible ASCII characters"
        raise KeyProblem(message)
    return value.decode("ascii")


def _form_values(request: Request, content: bytes) -> list[bytes]:
    if not _is_form(request):
        return []
    return [unquote_to_bytes(value.replace(b"+", b" ")) for value in _FORM_KEYS.findall(content)]


def _is_form(request: Request) -> bool:
    return media_type(request.fields) == b"application/x-www-form-urlencoded"
