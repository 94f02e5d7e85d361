# SPDX-License-Identifier: Apache-2.0
"""Reads the messages of a case: RFC 9112 syntax, one line a line, no folding.

Strict on purpose, for people write these: every function raises ValueError and nothing else.
"""

import re
from urllib.parse import unquote, urlsplit

from seeother.message import Field, Request, ResponseHead, first

_VERSION = r"HTTP/(?:1\.[01]|[23])"
_REQUEST_LINE = re.compile(rf"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) {_VERSION}\Z", re.ASCII)
_STATUS_LINE = re.compile(rf"{_VERSION} ([1-9][0-9][0-9])(?: [ -~]*)?\Z", re.ASCII)
_FIELD_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*\Z", re.ASCII)


def read_request(lines: list[str]) -> Request:
    """A request without content; the target is in origin-form with a Host field, or in absolute-form."""
    start, fields, content = _message(lines)
    match = _REQUEST_LINE.match(start)
    if match is None:
        raise ValueError(f"not a request line: {start!r}")
    if content:
        raise ValueError("a case's request has no content: no rule sees it")
    method, target = match[1], match[2]
    if target.startswith("/"):
        host = first(fields, b"host")
        if not host:
            raise ValueError("a target in origin-form needs a Host field")
        target = f"https://{host.decode('latin-1')}{target}"
    parts = urlsplit(target)
    if parts.scheme not in {"http", "https"} or not parts.netloc or "#" in target:
        raise ValueError(f"not a target: {match[2]!r}")
    return Request(
        method=method,
        path=unquote(parts.path) or "/",
        query=_octets(parts.query),
        scheme=parts.scheme,
        authority=_octets(parts.netloc),
        fields=tuple(fields),
    )


def read_response(lines: list[str]) -> tuple[ResponseHead, bytes | None]:
    """The head of a response, and its content if it has any."""
    start, fields, content = _message(lines)
    match = _STATUS_LINE.match(start)
    if match is None:
        raise ValueError(f"not a status line: {start!r}")
    return ResponseHead(int(match[1]), tuple(fields)), "\n".join(content).encode() if content else None


def _message(lines: list[str]) -> tuple[str, list[Field], list[str]]:
    """Start line, field lines and lines of content."""
    if not lines:
        raise ValueError("an empty message")
    end = lines.index("") if "" in lines else len(lines)
    fields: list[Field] = []
    for line in lines[1:end]:
        match = _FIELD_LINE.match(line)
        if match is None:
            raise ValueError(f"not a field line: {line!r}")
        fields.append((_octets(match[1].lower()), _octets(match[2])))
    return lines[0], fields, lines[end + 1 :]


def _octets(text: str) -> bytes:
    """The octets of a field or a target: Latin-1, as in RFC 9110 section 5.5."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError(f"not an octet in {text!r}") from None
