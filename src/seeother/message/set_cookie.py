# SPDX-License-Identifier: Apache-2.0
"""A cookie that a response sets, with its attributes, as a browser reads them (RFC 6265bis section 5.6)."""

import re
from typing import NamedTuple

from .cookie_date import read_cookie_date
from .date import HttpDate

_BLANK = b" \t"
# A browser drops the whole cookie over a control character other than tab (RFC 6265bis section 5.6, step 1).
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_NUMBER = re.compile(rb"-?[0-9]+")
_SIZE_MOST = 4096  # bytes of name and value together; browsers ignore a larger cookie
_ATTRIBUTE_MOST = 1024  # bytes; browsers ignore a larger attribute
_SAME_SITES = frozenset({b"strict", b"lax", b"none"})


class SetCookie(NamedTuple):
    """A cookie's name, value and attributes; what is not given, or not as a browser accepts it, is None or False."""

    name: bytes
    value: bytes
    path: bytes | None = None
    domain: bytes | None = None
    same_site: bytes | None = None
    max_age: int | None = None
    expires: HttpDate | None = None
    secure: bool = False
    http_only: bool = False
    partitioned: bool = False


def read_set_cookie(value: bytes) -> SetCookie | None:
    """The cookie that a Set-Cookie field's value sets, or None where a browser would set none.

    Of an attribute that stands twice the last one counts.
    """
    if _CONTROL.search(value):
        return None
    pair, *attributes = value.split(b";")
    label, equals, content = pair.partition(b"=")
    if not equals:  # a nameless cookie
        label, content = b"", label
    name, content = label.strip(_BLANK), content.strip(_BLANK)
    if not (name or content) or len(name) + len(content) > _SIZE_MOST:
        return None
    given = _attributes(attributes)
    same_site = given.get(b"samesite", b"").lower()
    path = given.get(b"path", b"")
    return SetCookie(
        name,
        content,
        path=path if path.startswith(b"/") else None,
        domain=given.get(b"domain", b"").removeprefix(b".").lower() or None,
        same_site=same_site if same_site in _SAME_SITES else None,
        max_age=_max_age(given.get(b"max-age", b"")),
        expires=read_cookie_date(given.get(b"expires", b"")),
        secure=b"secure" in given,
        http_only=b"httponly" in given,
        partitioned=b"partitioned" in given,
    )


def _attributes(parts: list[bytes]) -> dict[bytes, bytes]:
    given: dict[bytes, bytes] = {}
    for part in parts:
        label, _, content = part.partition(b"=")
        content = content.strip(_BLANK)
        if len(content) <= _ATTRIBUTE_MOST:
            given[label.strip(_BLANK).lower()] = content
    return given


def _max_age(value: bytes) -> int | None:
    if not _NUMBER.fullmatch(value):
        return None
    return int(value)
