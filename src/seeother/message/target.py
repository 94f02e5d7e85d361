# SPDX-License-Identifier: Apache-2.0
"""Where a reference leads (RFC 9110 sections 4.3.1 and 10.2.2), as a browser reads it (WHATWG URL).

Rules of this file: a backslash counts as a slash, extra slashes before a host are skipped, and percent-encoded dots
are dots, because browsers have it so. Without its double slash, `https:/x` and `https:x` name a host when the request
came over another scheme, and a path of the same origin when it came over this one. A control character inside makes a
reference broken, although browsers would drop tabs and line ends and go on: nobody means it.
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from .authority import read_authority
from .exchange import Request

DEFAULT_PORTS = {"http": 80, "https": 443}
_UNDECORATED = bytes(range(0x21))  # C0 controls and space, which browsers strip from both ends
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_SCHEME = re.compile(rb"([A-Za-z][A-Za-z0-9+.-]*):")
_PLAIN_PATH = re.compile(rb"/(?:[!-.0-\[\]-~][!-~]*)?\Z")  # no second slash of either kind: almost every reference
_SLASHES = re.compile(rb"[/\\]*")
_AUTHORITY_END = re.compile(rb"[/\\?#]")
_DOT = re.compile(r"\.|%2e", re.IGNORECASE)
_DOTTED = re.compile(r"(?:\A|/)(?:\.|%2e){1,2}(?:/|\Z)", re.IGNORECASE)
# What stays as it is; the rest is percent-encoded (WHATWG URL, the percent-encode sets of path, query and fragment).
_PATH_SAFE = "%/:@!$&'()*+,;=[]~\\"
_QUERY_SAFE = "%/:@!$&()*+,;=?[]|~\\^`{}"
_FRAGMENT_SAFE = "%/:@!$&'()*+,;=?[]|~\\^{}#"
_DECODED_SAFE = "/:@!$&'()*+,;=~"
_NETWORK = b"//"


class Origin(NamedTuple):
    """Scheme, host and port in lower case, the port always given; an IPv6 host stands in its brackets."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        """The origin as an Origin field has it."""
        port = "" if self.port == DEFAULT_PORTS.get(self.scheme) else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


class ReferenceKind(StrEnum):
    """What a reference is to a browser."""

    PATH = "path"  # /x
    RELATIVE = "relative"  # x, ?q, #f and nothing at all
    NETWORK = "network"  # //host, also with backslashes
    ABSOLUTE = "absolute"  # http: or https:
    OTHER = "other"  # javascript:, mailto: and every other scheme
    BROKEN = "broken"  # a host that is none, or a control character inside


class Target(NamedTuple):
    """Where a reference leads; the parts are percent-encoded, the path begins with a slash.

    The origin's host is empty where the request did not say to which host it was sent.
    """

    origin: Origin
    path: str
    query: str = ""
    fragment: str = ""

    @property
    def path_and_query(self) -> str:
        """What a request line would have."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def __str__(self) -> str:
        """The target as an absolute URL."""
        fragment = "#" + self.fragment if self.fragment else ""
        return f"{self.origin}{self.path_and_query}{fragment}"


def origin_of(request: Request) -> Origin | None:
    """The origin that a request was sent to, or None when its authority names none."""
    return _origin(request.scheme, request.authority)


def read_origin(value: bytes) -> Origin | None:
    """The origin that an Origin field or an absolute URL names; `null` names none."""
    reference = value.strip(_UNDECORATED)
    match = _SCHEME.match(reference)
    if match is None or _CONTROL.search(reference) or not reference.startswith(_NETWORK, match.end()):
        return None
    authority, _ = _split_authority(reference[match.end() :])
    return _origin(match[1].decode().lower(), authority)


def kind_of(reference: bytes) -> ReferenceKind:
    """What a browser takes the reference for, whatever the page it stands on."""
    if _PLAIN_PATH.match(reference):
        return ReferenceKind.PATH
    reference = reference.strip(_UNDECORATED)
    if _CONTROL.search(reference):
        return ReferenceKind.BROKEN
    match = _SCHEME.match(reference)
    if match is None:
        slashes = len(_SLASHES.match(reference)[0])  # type: ignore[index] # the expression fits every text
        if slashes < len(_NETWORK):
            return ReferenceKind.PATH if slashes else ReferenceKind.RELATIVE
        kind, rest = ReferenceKind.NETWORK, reference
    elif match[1].decode().lower() not in DEFAULT_PORTS:
        return ReferenceKind.OTHER
    else:
        kind, rest = ReferenceKind.ABSOLUTE, reference[match.end() :]
        if not _leaves(rest):
            return kind
    return kind if read_authority(_split_authority(rest)[0]) else ReferenceKind.BROKEN


def resolve(request: Request, reference: bytes) -> Target | None:
    """Where the reference leads from the request's target; None when it is broken or leaves HTTP."""
    reference = reference.strip(_UNDECORATED)
    if _CONTROL.search(reference):
        return None
    base = _base(request)
    scheme, rest = base.scheme, reference
    if match := _SCHEME.match(reference):
        scheme, rest = match[1].decode().lower(), reference[match.end() :]
    if scheme not in DEFAULT_PORTS:
        return None
    if scheme == base.scheme and not _leaves(rest):
        return _beside(request, base, rest)
    authority, rest = _split_authority(rest)
    origin = _origin(scheme, authority)
    if origin is None:
        return None
    path, query, fragment = _parted(rest)
    return Target(origin, _normal(_encoded(path)), query or "", fragment)


def is_same_origin(request: Request, reference: bytes) -> bool:
    """Whether the reference leads back to the origin that the request was sent to."""
    if _PLAIN_PATH.match(reference):
        return True
    target = resolve(request, reference)
    return target is not None and target.origin == _base(request)


def to_relative(request: Request, reference: bytes) -> bytes:
    """The reference as path, query and fragment; `/` for one that does not lead to the request's origin."""
    target = resolve(request, reference)
    if target is None or target.origin != _base(request):
        return b"/"
    fragment = "#" + target.fragment if target.fragment else ""
    # A path that begins with two slashes would name a host; a dot segment before it is dropped by whoever resolves it.
    guard = "/." if target.path.startswith("//") else ""
    return f"{guard}{target.path_and_query}{fragment}".encode()


def _base(request: Request) -> Origin:
    """The request's origin, without a host where it is not known."""
    scheme = request.scheme if request.scheme in DEFAULT_PORTS else "http"
    return _origin(scheme, request.authority) or Origin(scheme, "", DEFAULT_PORTS[scheme])


@lru_cache(maxsize=256)
def _origin(scheme: str, authority: bytes) -> Origin | None:
    port = DEFAULT_PORTS.get(scheme)
    read = read_authority(authority)
    if port is None or read is None:
        return None
    return Origin(scheme, read[0], port if read[1] is None else read[1])


def _leaves(rest: bytes) -> bool:
    """Whether two slashes of either kind stand before what must then be a host."""
    return rest[:1] in {b"/", b"\\"} and rest[1:2] in {b"/", b"\\"}


def _split_authority(rest: bytes) -> tuple[bytes, bytes]:
    """The authority behind any number of slashes, and what follows it."""
    rest = rest.lstrip(b"/\\")
    end = _AUTHORITY_END.search(rest)
    return (rest, b"") if end is None else (rest[: end.start()], rest[end.start() :])


def _beside(request: Request, base: Origin, rest: bytes) -> Target:
    """A target of the request's own origin."""
    path, query, fragment = _parted(rest)
    # Browsers take dot segments out before they ask; whoever left them in is answered as if they had.
    own = _normal(quote(request.path, safe=_DECODED_SAFE, errors="replace")) if request.path.startswith("/") else "/"
    if not path:
        own_query = quote(request.query, safe=_QUERY_SAFE)
        return Target(base, own, own_query if query is None else query, fragment)
    encoded = _encoded(path)
    if not encoded.startswith("/"):
        encoded = own[: own.rindex("/") + 1] + encoded
    return Target(base, _normal(encoded), query or "", fragment)


def _parted(rest: bytes) -> tuple[bytes, str | None, str]:
    """Path, query and fragment; None for a query that is not there."""
    rest, _, fragment = rest.partition(b"#")
    path, mark, query = rest.partition(b"?")
    return (path, quote(query, safe=_QUERY_SAFE) if mark else None, quote(fragment, safe=_FRAGMENT_SAFE))


def _encoded(path: bytes) -> str:
    return quote(path, safe=_PATH_SAFE).replace("\\", "/")


def _normal(path: str) -> str:
    """The path without dot segments (RFC 3986 section 5.2.4), at least a slash."""
    if not _DOTTED.search(path):
        return path or "/"
    kept: list[str] = []
    segments = path.removeprefix("/").split("/")
    for place, segment in enumerate(segments, 1):
        dots = len(_DOT.findall(segment)) if not _DOT.sub("", segment) else 0
        if dots in {1, 2}:
            if dots == 2 and kept:  # noqa: PLR2004 - two dots
                kept.pop()
            if place == len(segments):
                kept.append("")
        else:
            kept.append(segment)
    return "/" + "/".join(kept)
