# SPDX-License-Identifier: Apache-2.0
"""Reads recordings in HTTP Archive format, HAR 1.2, as browsers, proxies and test tools write them.

Strict about what a verdict rests on (method, URL, status, fields), lenient where the writers differ:

* An exchange without an answer has status 0 in Chrome and Firefox, -1 in Playwright, or none at all.
* Chrome writes HTTP/2's pseudo-fields among the fields, and joins repeated ones with line feeds.
* A redirect's target stands in the Location field, or only in `redirectURL`, which the specification calls empty
  when there is none.
* Chrome records redirects that it made up itself (HSTS, extensions) as a 307 with `Non-Authoritative-Reason`.
* Whatever begins with an underscore is a writer's own and not read.
"""

import binascii
import json
from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from seeother.errors import PeerError
from seeother.message import Exchange, Field, Request, ResponseHead, first

T = TypeVar("T")

_KINDS: dict[type, str] = {dict: "an object", list: "an array", str: "a text"}
_ZIP = b"PK\x03\x04"
_NO_ANSWER = (0, -1)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class HarError(PeerError):
    """A recording that cannot be read; says where and why."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The exchanges of a recording by the number of their entry, counted from 1; `left_out` were no exchanges."""

    exchanges: tuple[tuple[int, Exchange], ...]
    left_out: int = 0


def read_har(raw: bytes) -> Recording:
    """Read a HAR file; raises HarError when it is none or lacks what a verdict rests on."""
    if raw.startswith(_ZIP):
        raise HarError("this is a zip archive: unpack it, or record with the content embedded")
    try:
        # RFC 8259 section 8.1 lets a reader ignore a byte order mark, and some proxies write one.
        document: object = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise HarError(f"this is not JSON: {error}") from None
    if not isinstance(document, dict) or "log" not in document:
        raise HarError("this is JSON, but no HAR file: it has no member log")
    log = _member(document, "log", dict, "the file")
    version = log.get("version", "1.1")  # the default of the specification
    if not isinstance(version, str) or not version.startswith("1."):
        raise HarError(f"log.version is {version!r}: HAR 1.2 can be read")
    entries = _member(log, "entries", list, "log")
    read = [(number, _exchange(entry, f"entry {number}")) for number, entry in enumerate(entries, 1)]
    exchanges = tuple([(number, exchange) for number, exchange in read if exchange is not None])
    return Recording(exchanges, left_out=len(read) - len(exchanges))


def _exchange(entry: object, where: str) -> Exchange | None:
    """The exchange of one entry, or None when nothing went over HTTP or nothing came back."""
    asked = _member(entry, "request", dict, where)
    request = _request(asked, f"{where}.request")
    if request is None or not isinstance(entry, dict) or entry.get("response") is None:
        return None
    answered = _member(entry, "response", dict, where)
    where = f"{where}.response"
    status = _status(answered, where)
    if status is None:
        return None
    fields = _fields(answered, where)
    if first(fields, b"non-authoritative-reason") is not None:
        return None
    target = answered.get("redirectURL")
    if isinstance(target, str) and target and status in _REDIRECTS and first(fields, b"location") is None:
        fields = (*fields, (b"location", _octets(target)))
    return Exchange(request, ResponseHead(status, fields), _content(answered, where), _moment(entry))


def _moment(entry: dict[str, object]) -> float | None:
    """When the request was sent, in seconds since the epoch; None where the writer says it in no way that is known."""
    started = entry.get("startedDateTime")
    try:
        return datetime.fromisoformat(started).timestamp() if isinstance(started, str) else None
    except (ValueError, OverflowError):
        return None


def _status(answered: dict[str, object], where: str) -> int | None:
    """The status code, or None when there was no answer."""
    status = answered.get("status", 0)
    if isinstance(status, float) and status.is_integer():
        status = int(status)
    if not isinstance(status, int):
        raise HarError(f"{where}.status is {status!r}, not a number")
    if status in _NO_ANSWER:
        return None
    if not 100 <= status <= 999:  # noqa: PLR2004 - three digits, RFC 9110 section 15
        raise HarError(f"{where}.status is {status}, not a status code")
    return status


def _request(asked: dict[str, object], where: str) -> Request | None:
    """The request, or None when its URL is not of the web: data:, blob:, an extension's, a socket's."""
    method = _member(asked, "method", str, where)
    url = _member(asked, "url", str, where)
    fields = _fields(asked, where)
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise HarError(f"{where}.url is {url!r}: {error}") from None
    if not method or not parts.scheme:
        raise HarError(f"{where} needs a method and an absolute url, not {method!r} and {url!r}")
    if parts.scheme not in {"http", "https"}:
        return None
    authority = parts.netloc.rpartition("@")[2]
    if not authority:
        raise HarError(f"{where}.url is {url!r}, which names no host")
    return Request(
        method=method,
        path=unquote(parts.path) or "/",
        query=_octets(parts.query),
        scheme=parts.scheme,
        authority=_octets(authority),
        fields=fields,
    )


def _fields(message: dict[str, object], where: str) -> tuple[Field, ...]:
    """The field lines in order, names in lower case, pseudo-fields left out."""
    lines: list[Field] = []
    for header in _member(message, "headers", list, where):
        name = _octets(_member(header, "name", str, f"{where}.headers")).strip().lower()
        value = _member(header, "value", str, f"{where}.headers")
        if name and not name.startswith(b":"):
            lines += [(name, _octets(line.strip())) for line in value.split("\n")]
    return tuple(lines)


def _content(answered: dict[str, object], where: str) -> bytes | None:
    """The decoded content, or None when it was not recorded."""
    content = answered.get("content")
    text = content.get("text") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(text, str):
        return None
    if content.get("encoding") != "base64":
        return text.encode("utf-8", "replace")
    try:
        return b64decode(text)
    except (binascii.Error, ValueError) as error:
        raise HarError(f"{where}.content is not base64: {error}") from None


def _octets(text: str) -> bytes:
    """The octets behind a recorded text: Latin-1 as in RFC 9110 section 5.5, UTF-8 where a writer decoded that."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _member(parent: object, key: str, kind: type[T], where: str) -> T:
    """The member `key` of an object, which must be there and of this kind."""
    if not isinstance(parent, dict):
        raise HarError(f"{where} is not an object")
    value = parent.get(key)
    if not isinstance(value, kind):
        lack = "missing" if key not in parent else f"not {_KINDS[kind]}"
        raise HarError(f"{where}.{key} is {lack}")
    return value
