# SPDX-License-Identifier: Apache-2.0
"""Quoted strings inside fields (RFC 9110 section 5.6.4): a comma in one parts no list.

Rule of this file: each expression fits at every place in one way only, so that a hostile value costs linear time.
"""

import re

_PIECES = {  # an open quote runs to the end
    separator: re.compile(rb'(?:[^"' + separator + rb']+|"(?:[^"\\]|\\.?)*(?:"|\Z))+', re.DOTALL)
    for separator in (b",", b";")
}
_STRING = re.compile(rb'"(?:[^"\\]|\\.?)*("|\Z)', re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_PLAIN = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # a token (RFC 9110 section 5.6.2)
_TO_ESCAPE = re.compile(rb'(["\\])')


def parts_of(value: bytes, separator: bytes) -> list[bytes]:
    """What stands between commas or semicolons, trimmed, without what is empty."""
    found = _PIECES[separator].findall(value) if b'"' in value else value.split(separator)
    return [part for piece in found if (part := piece.strip(b" \t"))]


def unquoted(value: bytes) -> bytes:
    """The content of a quoted string; a token is its own content."""
    if len(value) < len(b'""') or value[:1] != b'"' or value[-1:] != b'"':
        return value
    return _ESCAPED.sub(rb"\1", value[1:-1])


def quoted(content: bytes) -> bytes:
    """The content as a token where it is one, else as a quoted string."""
    return content if _PLAIN.fullmatch(content) else b'"' + _TO_ESCAPE.sub(rb"\\\1", content) + b'"'


def has_open_quote(value: bytes) -> bool:
    """Whether a quoted string begins that does not end."""
    return b'"' in value and any(match[1] == b"" for match in _STRING.finditer(value))
