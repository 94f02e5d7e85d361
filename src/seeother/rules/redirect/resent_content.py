# SPDX-License-Identifier: Apache-2.0
"""Tells what a client would send once more when a redirect keeps the method."""

from seeother.message import Request, first, media_type

_FORMS = frozenset({b"application/x-www-form-urlencoded", b"multipart/form-data"})


def carries_content(request: Request) -> bool:
    """Whether the request's fields say that it has content; over HTTP/2 they may say so by its type alone."""
    length = first(request.fields, b"content-length")
    if length is not None:
        return length.strip(b" \t0") != b""
    fields = request.fields
    return first(fields, b"transfer-encoding") is not None or first(fields, b"content-type") is not None


def carries_form(request: Request) -> bool:
    """Whether the content is what a browser makes of a form."""
    return media_type(request.fields) in _FORMS and carries_content(request)
