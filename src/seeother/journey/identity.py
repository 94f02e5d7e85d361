# SPDX-License-Identifier: Apache-2.0
"""Who is on which journey: ids, the signed cookie value and the opaque return token.

An id is 128 random bits, 32 lower-case hex digits. It is no secret, but nobody may choose another's: the
cookie carries a truncated HMAC-SHA256 (RFC 2104 section 5 allows 128 of the 256 bits). The return token goes
through a foreign site, which must learn nothing from it: the id is masked by a keyed function of a
fresh nonce and the whole is authenticated (encrypt, then MAC), so two tokens of one journey have nothing in common.
"""

import hmac
import re
import secrets
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from hashlib import sha256
from typing import NamedTuple

from seeother.errors import SettingsError

from .memo import Memo

_SIGNED = 8192  # cookies to remember at least
_NONCE = 16  # bytes
_ID = 16  # bytes
_TIME = 4  # bytes, seconds since the epoch, unsigned: good until 2106
_MAC = 16  # bytes
_SECRET_LEAST = 16  # characters: 128 bits at the very least, if each were a random byte
RETURN_SECONDS = 24 * 3600.0  # a person may come back from a bank the next day, not the next month

_URLSAFE = bytes.maketrans(b"+/", b"-_")  # RFC 4648 section 5
_COOKIE = re.compile(rb"([0-9a-f]{32})\.([oc])\.([A-Za-z0-9_-]{22})\Z")
_TOKEN = re.compile(rb"[A-Za-z0-9_-]{70}\Z")  # nonce + id + time + MAC, without padding


class Identity(NamedTuple):
    """A verified journey id; `ended` tells that the journey has had its outcome."""

    journey_id: str
    ended: bool = False


def mint() -> Identity:
    """A new journey with a random id."""
    return Identity(secrets.token_hex(_ID))


class Seal:
    """Signs and verifies journey ids; the first secret signs, all of them verify, so that they can be rotated."""

    __slots__ = ("_cookie_keys", "_mask_keys", "_signed", "_token_keys")

    def __init__(self, site_secrets: tuple[str, ...]) -> None:
        """Derive one key a purpose from each secret; raises SettingsError when there is none or one is too short."""
        if not site_secrets:
            raise SettingsError("site.secrets", [], "give at least one secret, for instance env:SEEOTHER_SECRET")
        for secret in site_secrets:
            if len(secret) < _SECRET_LEAST:
                raise SettingsError("site.secrets", "…", f"use at least {_SECRET_LEAST} random characters")
        self._cookie_keys = [_derived(secret, b"journey cookie") for secret in site_secrets]
        self._token_keys = [_derived(secret, b"return token") for secret in site_secrets]
        self._signed: Memo[Identity, bytes] = Memo(_SIGNED)  # a cookie is verified to be given again
        self._mask_keys = [_derived(secret, b"return token mask") for secret in site_secrets]

    def to_cookie(self, identity: Identity) -> bytes:
        """The cookie's value: id, state (o open, c closed) and MAC."""
        value = self._signed.get(identity) or self._signed.recall(identity)
        if value is None:
            signed = f"{identity.journey_id}.{'c' if identity.ended else 'o'}".encode()
            value = signed + b"." + _encoded(_mac(self._cookie_keys[0], signed))
        return value

    def from_cookie(self, value: bytes) -> Identity | None:
        """The identity that a cookie's value proves, or None when it proves none."""
        match = _COOKIE.match(value)
        if match is None:
            return None
        signed = value[: match.end(2)]
        identity = Identity(match[1].decode(), ended=match[2] == b"c")
        for key in self._cookie_keys:
            if hmac.compare_digest(match[3], _encoded(_mac(key, signed))):
                if key is self._cookie_keys[0]:
                    self._signed.keep(identity, value)
                return identity
        return None

    def to_return_token(self, journey_id: str, now: float) -> str:
        """An opaque token for the return from a foreign site, good for a day after `now`."""
        nonce = secrets.token_bytes(_NONCE)
        body = nonce + _masked(bytes.fromhex(journey_id) + int(now).to_bytes(_TIME), self._mask_keys[0], nonce)
        return _encoded(body + _mac(self._token_keys[0], body)).decode()

    def from_return_token(self, token: bytes, now: float) -> Identity | None:
        """The identity that a return token proves at the time `now`, or None."""
        if not _TOKEN.match(token):
            return None
        raw = urlsafe_b64decode(token + b"==")
        if _encoded(raw) != token:  # 70 digits hold 4 bits more than 52 bytes, and the decoder drops them unseen
            return None
        body, mac = raw[:-_MAC], raw[-_MAC:]
        for token_key, mask_key in zip(self._token_keys, self._mask_keys, strict=True):
            if hmac.compare_digest(mac, _mac(token_key, body)):
                clear = _masked(body[_NONCE:], mask_key, body[:_NONCE])
                age = now - int.from_bytes(clear[_ID:])
                return Identity(clear[:_ID].hex()) if age + 1 >= 0 and age <= RETURN_SECONDS else None
        return None


def _derived(secret: str, purpose: bytes) -> bytes:
    # An environment that is no UTF-8 comes as surrogates (PEP 383), which the default would refuse.
    return hmac.digest(secret.encode(errors="surrogatepass"), b"seeother " + purpose, sha256)


def _mac(key: bytes, signed: bytes) -> bytes:
    return hmac.digest(key, signed, sha256)[:_MAC]


def _masked(clear: bytes, key: bytes, nonce: bytes) -> bytes:
    """`clear` (at most 32 bytes) combined with a pad that only the holder of `key` can compute."""
    pad = hmac.digest(key, nonce, sha256)
    return bytes([left ^ right for left, right in zip(clear, pad, strict=False)])


def _encoded(raw: bytes) -> bytes:
    return b2a_base64(raw, newline=False).translate(_URLSAFE, b"=")
