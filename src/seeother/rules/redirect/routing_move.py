# SPDX-License-Identifier: Apache-2.0
"""Tells a routing move (the same resource under its proper address) from the answer to an action."""

import re
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from seeother.message import Request

_SLASHES = re.compile(r"/+")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def is_routing_move(request: Request, location: bytes) -> bool:
    """Whether `location` names what was asked for, up to slashes, scheme or host.

    The very same address is no move: a site that sends people there has done something and shows the page again.
    """
    query = "?" + request.query.decode("latin-1") if request.query else ""
    asked_for = (
        f"{request.scheme}://{request.authority.decode('latin-1')}{quote(request.path, errors='replace')}{query}"
    )
    try:
        asked = urlsplit(asked_for)
        target = urlsplit(urljoin(asked_for, location.decode("latin-1").strip()))
    except ValueError:  # urllib refuses unbalanced brackets; a browser would, too
        return False
    if target.scheme not in _DEFAULT_PORTS or target.query != asked.query:
        return False
    if _without_slashes(unquote(target.path)) != _without_slashes(request.path):
        return False
    return (asked.scheme, _authority(asked), request.path or "/") != (
        target.scheme,
        _authority(target),
        unquote(target.path) or "/",
    )


def _without_slashes(path: str) -> str:
    """The path with neither doubled nor outer slashes."""
    return _SLASHES.sub("/", path).strip("/")


def _authority(parts: SplitResult) -> str:
    """Host and port as they compare: lower case, without user and default port (RFC 9110 section 4.2.3)."""
    return parts.netloc.rpartition("@")[2].lower().removesuffix(_DEFAULT_PORTS.get(parts.scheme, ":"))
