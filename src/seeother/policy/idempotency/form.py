# SPDX-License-Identifier: Apache-2.0
"""The fields of a form as a browser sends them, urlencoded or multipart.

What cannot be read strictly is no form here: then its bytes count as they are, and nothing is guessed.
"""

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from seeother.message import Request, first, media_type

MOST_FIELDS = 16_384  # frameworks take a thousand; what has more is not read field by field

_URLENCODED = b"application/x-www-form-urlencoded"
_MULTIPART = b"multipart/form-data"
# RFC 2046 section 5.1.1: 1 to 70 characters.
_BOUNDARY = re.compile(rb';[ \t]*boundary=(?:"([^"\\\r\n]{1,70})"|([^\s";,]{1,70}))[ \t]*(?:;|\Z)', re.IGNORECASE)
_NAME = re.compile(
    rb'content-disposition:[ \t]*form-data(?:;[ \t]*filename\*?=(?:"(?:[^"\\\r\n]|\\.)*"|[^\s";]+))*'
    rb';[ \t]*name=(?:"((?:[^"\\\r\n]|\\.)*)"|([^\s";]+))',
    re.IGNORECASE,
)
_DISPOSITION = re.compile(rb"(?:\A|\r\n)(content-disposition:[^\r\n]*)", re.IGNORECASE)


class FormField(NamedTuple):
    """One field; `head` are the header lines of its part in a multipart form, which name its file and its type."""

    name: bytes
    value: bytes
    head: bytes = b""


def is_form(request: Request) -> bool:
    """Whether the content is declared to be a form."""
    return media_type(request.fields) in {_URLENCODED, _MULTIPART}


def read_form(request: Request, content: bytes) -> list[FormField] | None:
    """The fields in their order; None where the content is no form, is malformed, or has too many fields."""
    kind = media_type(request.fields)
    if kind == _URLENCODED:
        return _urlencoded(content)
    if kind == _MULTIPART:
        boundary = _BOUNDARY.search(first(request.fields, b"content-type") or b"")
        return None if boundary is None else _multipart(content, boundary[1] or boundary[2])
    return None


def _urlencoded(content: bytes) -> list[FormField] | None:
    """The WHATWG parser (URL standard, section 5.1), on bytes: what they mean is the application's to say."""
    if content.count(b"&") >= MOST_FIELDS:
        return None
    fields: list[FormField] = []
    if b"+" in content:
        content = content.replace(b"+", b" ")
    for pair in content.split(b"&"):
        if pair:
            name, _, value = pair.partition(b"=")
            fields.append(FormField(_decoded(name), _decoded(value)))
    return fields


def _decoded(text: bytes) -> bytes:
    return unquote_to_bytes(text) if b"%" in text else text


def _multipart(content: bytes, boundary: bytes) -> list[FormField] | None:
    """RFC 7578 section 4: from the first delimiter to the last, nothing before and nothing behind."""
    delimiter = b"\r\n--" + boundary
    content = b"\r\n" + content
    if content.count(delimiter) > MOST_FIELDS:
        return None
    before, *parts = content.split(delimiter)
    if before or not parts or parts.pop() not in {b"--", b"--\r\n"}:
        return None
    fields: list[FormField] = []
    for part in parts:
        padding, line_end, rest = part.partition(b"\r\n")
        head, blank, value = rest.partition(b"\r\n\r\n")
        if padding.strip(b" \t") or not line_end or not blank:
            return None  # a longer boundary that begins as ours does, or a part without a head
        named = _DISPOSITION.findall(head)
        name = _NAME.match(named[0]) if len(named) == 1 else None
        if name is None:
            return None
        fields.append(FormField(name[1] if name[1] is not None else name[2], value, head))
    return fields
