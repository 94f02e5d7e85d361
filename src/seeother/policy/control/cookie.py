# SPDX-License-Identifier: Apache-2.0
"""A cookie for an answer, refused here and now when a browser would drop it later without a word.

Rule of this file: what a browser rejects (RFC 6265bis section 5.7) is the caller's mistake, and an exception says so.
"""

import re
from enum import StrEnum

from seeother.errors import CallerError

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 section 5.6.2
_VALUE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")  # cookie-octet, RFC 6265bis section 4.1.1
_PATH = re.compile(r"/[\x20-\x3a\x3c-\x7e]*")  # all but controls and the semicolon
_DOMAIN = re.compile(r"\.?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_SIZE_MOST = 4096  # bytes of name and value together, RFC 6265bis section 5.6
_ATTRIBUTE_MOST = 1024  # bytes of one attribute, as above


class SameSite(StrEnum):
    """With which requests from other sites a browser sends a cookie."""

    STRICT = "Strict"
    LAX = "Lax"
    NONE = "None"


def to_set_cookie(
    name: str,
    value: str,
    *,
    path: str = "/",
    domain: str | None = None,
    max_age: int | None = None,
    same_site: SameSite = SameSite.LAX,
    secure: bool = False,
    http_only: bool = True,
) -> bytes:
    """The value of a Set-Cookie field; without `max_age` (seconds) the cookie ends with the browser's session.

    SameSite is always written: a browser sends a cookie without it for two minutes as if it were `None` and then as
    `Lax`, so that tests pass and payments fail. Raises CallerError for a cookie that a browser would drop.
    """
    fault = _fault(name, value, path, domain=domain, same_site=same_site, secure=secure)
    if fault is not None:
        message = f"the cookie {name!r} would be dropped by the browser: {fault}"
        raise CallerError(message)
    line = f"{name}={value}; Path={path}"
    if domain is not None:
        line += f"; Domain={domain}"
    if max_age is not None:
        line += f"; Max-Age={max_age:d}"
    if secure:
        line += "; Secure"
    if http_only:
        line += "; HttpOnly"
    return f"{line}; SameSite={SameSite(same_site).value}".encode()


def _fault(name: str, value: str, path: str, *, domain: str | None, same_site: SameSite, secure: bool) -> str | None:
    """What is wrong with a cookie, with what to do; None when nothing is."""
    prefix = next((each for each in ("__host-", "__secure-") if name.lower().startswith(each)), None)
    faults = (
        (not _TOKEN.fullmatch(name), "its name must be a token of letters, digits and -._"),
        (
            not _VALUE.fullmatch(value),
            "its value may hold only ASCII without space, quote, comma, semicolon, backslash",
        ),
        (len(name) + len(value) > _SIZE_MOST, f"name and value are longer than {_SIZE_MOST} bytes together"),
        (not _PATH.fullmatch(path), f"the path {path!r} must begin with a slash and be ASCII without semicolon"),
        (len(path) > _ATTRIBUTE_MOST, f"its path is longer than {_ATTRIBUTE_MOST} bytes"),
        (domain is not None and not _DOMAIN.fullmatch(domain), f"{domain!r} is no domain"),
        (domain is not None and len(domain) > _ATTRIBUTE_MOST, f"its domain is longer than {_ATTRIBUTE_MOST} bytes"),
        (same_site == SameSite.NONE and not secure, "SameSite=None needs secure=True"),
        (prefix is not None and not secure, "the prefix of its name needs secure=True"),
        (prefix == "__host-" and path != "/", "the prefix of its name needs path='/'"),
        (prefix == "__host-" and domain is not None, "the prefix of its name allows no domain"),
    )
    return next((fault for holds, fault in faults if holds), None)
