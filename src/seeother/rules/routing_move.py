# SPDX-License-Identifier: Apache-2.0
"""Tells a routing move (the same resource under its proper address) from the answer to an action."""

import re
from urllib.parse import unquote

from seeother.message import Request, Target, resolve

_SLASHES = re.compile(r"/+")


def is_routing_move(request: Request, location: bytes) -> bool:
    """Whether `location` names what was asked for, up to slashes, scheme or host.

    The very same address is no move: a site that sends people there has done something and shows the page again.
    """
    asked, target = resolve(request, b""), resolve(request, location)
    if asked is None or target is None or target.query != asked.query:
        return False
    if _without_slashes(target) != _without_slashes(asked):
        return False
    return (asked.origin, unquote(asked.path)) != (target.origin, unquote(target.path))


def _without_slashes(target: Target) -> str:
    """The path with neither doubled nor outer slashes."""
    return _SLASHES.sub("/", unquote(target.path)).strip("/")
