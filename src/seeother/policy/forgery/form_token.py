# SPDX-License-Identifier: Apache-2.0
"""A signed token in a form, for the browsers that do not say where a form comes from (see `origin.py`).

A token is a nonce, the time under a pad that the nonce gives, and a MAC over both and the principal: whoever the page
was made for. It needs no store. Two tokens have nothing in common, so that a compressed page does not betray one
guess by guess (BREACH). A token for nobody (an empty principal) would be good for everybody who is nobody, and is
made for nobody to use.

Rules of this file: a reader of what somebody sent answers None to what it cannot read and never raises; where a form
has the field twice with different values, it has none.
"""

import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from urllib.parse import unquote_to_bytes

from seeother.errors import SettingsError
from seeother.message import Request, first, media_type

TOKEN_FIELD = "seeother_token"  # noqa: S105 - the name of the field
TOKEN_SECONDS = 24 * 3600.0  # a form left open overnight still works; the principal binds more than the age does
SKEW_SECONDS = 60.0  # by which the clocks of two machines of one site may differ
SCAN_LIMIT = 1 << 16  # bytes of a form that are looked through: the field stands before what is long

_NONCE = 16  # bytes
_TIME = 4  # bytes, seconds since the epoch, unsigned: good until 2106
_MAC = 16  # bytes of the 32: RFC 2104 section 5 allows half
_SECRET_LEAST = 16  # characters, as `journey` asks for
_TOKEN = re.compile(rb"[A-Za-z0-9_-]{48}\Z")  # nonce + time + MAC: 36 bytes, so base64 has no bits to spare
_PAIRS = re.compile(rb"(?:\A|&)" + TOKEN_FIELD.encode() + rb"=([^&]*)")  # browsers leave its name as it is
_BOUNDARY = re.compile(rb';[ \t]*boundary=(?:"([^"\\\r\n]{1,70})"|([^\s";,]{1,70}))[ \t]*(?:;|\Z)', re.IGNORECASE)
_DISPOSITION = re.compile(rb'content-disposition:[ \t]*form-data;[ \t]*name="([^"\r\n]*)"[ \t]*\Z', re.IGNORECASE)


class FormTokens:
    """Makes and checks the tokens of forms; the first secret signs, all of them verify, so that they can be rotated."""

    __slots__ = ("_mac_keys", "_mask_keys")

    def __init__(self, site_secrets: tuple[str, ...]) -> None:
        """Derive one key a purpose from each secret; raises SettingsError when there is none or one is too short."""
        if not site_secrets:
            raise SettingsError("site.secrets", [], "give at least one secret, for instance env:SEEOTHER_SECRET")
        if any(len(secret) < _SECRET_LEAST for secret in site_secrets):
            raise SettingsError("site.secrets", "…", f"use at least {_SECRET_LEAST} random characters")
        self._mac_keys = [_derived(secret, b"form token") for secret in site_secrets]
        self._mask_keys = [_derived(secret, b"form token mask") for secret in site_secrets]

    def mint(self, principal: bytes, now: float) -> str:
        """A token for a form that is shown to `principal` at the time `now`."""
        nonce = secrets.token_bytes(_NONCE)
        body = nonce + _masked(int(now).to_bytes(_TIME), self._mask_keys[0], nonce)
        return urlsafe_b64encode(body + _mac(self._mac_keys[0], body, principal)).decode()

    def is_valid(self, token: bytes, principal: bytes, now: float) -> bool:
        """Whether the token was made here for this principal, and not too long before `now`."""
        if not _TOKEN.match(token):
            return False
        raw = urlsafe_b64decode(token)
        body, mac = raw[:-_MAC], raw[-_MAC:]
        for mac_key, mask_key in zip(self._mac_keys, self._mask_keys, strict=True):
            if hmac.compare_digest(mac, _mac(mac_key, body, principal)):
                minted = int.from_bytes(_masked(body[_NONCE:], mask_key, body[:_NONCE]))
                return -SKEW_SECONDS <= now - minted <= TOKEN_SECONDS
        return False


def read_form_token(request: Request, content: bytes) -> bytes | None:
    """The token in a form's content, urlencoded or multipart; None when there is none in its first bytes, or two."""
    kind = media_type(request.fields)
    if kind == b"application/x-www-form-urlencoded":
        whole = content if len(content) <= SCAN_LIMIT else content[:SCAN_LIMIT].rpartition(b"&")[0]
        found = {unquote_to_bytes(value) for value in _PAIRS.findall(whole)}
    elif kind == b"multipart/form-data":
        boundary = _BOUNDARY.search(first(request.fields, b"content-type") or b"")
        found = set() if boundary is None else set(_values(content[:SCAN_LIMIT], boundary[1] or boundary[2]))
    else:
        return None
    return found.pop() if len(found) == 1 else None


def _values(content: bytes, boundary: bytes) -> Iterator[bytes]:
    """What the parts called TOKEN_FIELD say (RFC 7578 section 4.2), as browsers write them and not otherwise.

    A part ends with the next delimiter, so whatever was cut off at the end is no part.
    """
    for part in (b"\r\n" + content).split(b"\r\n--" + boundary)[1:-1]:
        head, blank, value = part.partition(b"\r\n\r\n")
        line, *lines = head.split(b"\r\n")
        if line.strip(b" \t") or not blank:
            continue  # a longer boundary that begins as ours does, or a part without a head
        names = [match[1] for match in map(_DISPOSITION.match, lines) if match]
        if names == [TOKEN_FIELD.encode()]:
            yield value


def _derived(secret: str, purpose: bytes) -> bytes:
    # An environment that is no UTF-8 comes as surrogates (PEP 383), which the default would refuse.
    return hmac.digest(secret.encode(errors="surrogatepass"), b"seeother " + purpose, sha256)


def _mac(key: bytes, body: bytes, principal: bytes) -> bytes:
    return hmac.digest(key, body + principal, sha256)[:_MAC]  # `body` has one length, so nothing can move between them


def _masked(clear: bytes, key: bytes, nonce: bytes) -> bytes:
    """`clear` (at most 32 bytes) combined with a pad that only the holder of `key` can compute."""
    pad = hmac.digest(key, nonce, sha256)
    return bytes([left ^ right for left, right in zip(clear, pad, strict=False)])
