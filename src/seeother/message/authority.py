# SPDX-License-Identifier: Apache-2.0
"""Host and port of a target, as a browser reads them (WHATWG URL, "host parsing"; RFC 3986 section 3.2).

Rule of this file: what a browser would not go to is None. Names beyond ASCII are mapped almost as UTS 46 says (NFKC,
lower case, Punycode); a name that is mapped otherwise there compares as another host, which is the safe way round.
Punycode that a client wrote is taken as it is, although a browser refuses some.
"""

import re
import unicodedata
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import unquote_to_bytes

_LONGEST = 253  # characters of a host name (RFC 1035 section 2.3.4)
_AUTHORITY_MOST = 1024  # bytes, user information included; a longer one is no address that anybody goes to
_PORT_MOST = 65_535
_PORT_DIGITS_MOST = 5
_PARTS_MOST = 4  # of an IPv4 address
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f#%/:<>?@\[\\\]^|]")
_AUTHORITY = re.compile(rb"(?:.*@)?(\[[^\[\]@]*\]|[^\[\]:@]*)(?::([0-9]*))?\Z", re.DOTALL)
_NUMBER = re.compile(r"0[xX]([0-9A-Fa-f]*)|0([0-7]+)|(0|[1-9][0-9]*)")
_ENDS_IN_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9A-Fa-f]*)\.?")
_PUNYCODE = "xn--"
_FULL_STOP = "\u3002"  # the ideographic one, which NFKC leaves as it is


@lru_cache(maxsize=256)
def read_authority(value: bytes) -> tuple[str, int | None] | None:
    """Host and port, user information left out; the port is None where none is given."""
    if len(value) > _AUTHORITY_MOST:
        return None
    match = _AUTHORITY.match(value)
    if match is None:
        return None
    host, digits = read_host(match[1]), (match[2] or b"").lstrip(b"0")
    if host is None or len(digits) > _PORT_DIGITS_MOST:
        return None
    if not match[2]:
        return host, None
    port = int(digits or b"0")
    return None if port > _PORT_MOST else (host, port)


def read_host(value: bytes) -> str | None:
    """A host as it compares: lower case, addresses in their one form, IPv6 in brackets."""
    if len(value) > _AUTHORITY_MOST:
        return None
    if value[:1] == b"[":
        return _ipv6(value)
    try:
        name = unquote_to_bytes(value).decode() if b"%" in value else value.decode()
        name = name.lower() if name.isascii() else _to_ascii(name)
    except UnicodeError:
        return None
    if not name or len(name) > _LONGEST or _FORBIDDEN.search(name):
        return None
    return _ipv4(name) if _ENDS_IN_NUMBER.fullmatch(name) else name


def _ipv6(value: bytes) -> str | None:
    try:
        text = value[1:-1].decode("ascii")
        return None if "%" in text else f"[{IPv6Address(text)}]"  # no zone: it means nothing to the other side
    except (AddressValueError, UnicodeError):
        return None


def _ipv4(name: str) -> str | None:
    """An IPv4 address as browsers take it: one to four numbers, decimal, octal or hexadecimal, the last fills up."""
    parts = name.removesuffix(".").split(".")
    if len(parts) > _PARTS_MOST:
        return None
    numbers: list[int] = []
    for part in parts:
        match = _NUMBER.fullmatch(part)
        if match is None:
            return None
        hexadecimal, octal, decimal = match.groups()
        if decimal is not None:
            numbers.append(int(decimal))
        else:
            numbers.append(int(octal, 8) if octal is not None else int(hexadecimal or "0", 16))
    *leading, last = numbers
    if any(number > 0xFF for number in leading) or last >= 256 ** (5 - len(numbers)):  # noqa: PLR2004 - bytes
        return None
    for place, number in enumerate(leading):
        last += number << 8 * (3 - place)
    return str(IPv4Address(last))


def _to_ascii(name: str) -> str:
    if len(name) > _LONGEST:  # Punycode costs quadratic time
        raise UnicodeError
    mapped = unicodedata.normalize("NFKC", name).replace(_FULL_STOP, ".").lower()
    return ".".join([label if label.isascii() else _punycoded(label) for label in mapped.split(".")])


def _punycoded(label: str) -> str:
    if label.startswith(_PUNYCODE):  # no browser encodes a label twice
        raise UnicodeError
    return _PUNYCODE + label.encode("punycode").decode()
