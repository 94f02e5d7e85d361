# SPDX-License-Identifier: Apache-2.0
"""Tells a move to the same path behind a language or a version, which says nothing about the request."""

import re
from urllib.parse import unquote

from seeother.message import Request, is_same_origin, resolve

_PREFIX = re.compile(r"/(?:[a-z]{2}(?:[-_][A-Za-z]{2,4})?|v[0-9]{1,3})\Z")


def is_prefix_move(request: Request, location: bytes) -> bool:
    """Whether `location` is what was asked for with `/de`, `/zh-CN`, `/v2` or the like before it."""
    target = resolve(request, location)
    if target is None or not is_same_origin(request, location):
        return False
    path, own = unquote(target.path).rstrip("/"), request.path.rstrip("/")
    return path.endswith(own) and _PREFIX.match(path.removesuffix(own) if own else path) is not None
