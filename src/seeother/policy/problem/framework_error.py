# SPDX-License-Identifier: Apache-2.0
"""Tells a framework's default error answer from one that the application wrote.

Rules of this file: what is recognised, a framework says of itself, word for word; the tests take it from the real
frameworks. One word of the application's own and it is the application's answer, which is nobody else's to replace;
but where it stands in a framework's own JSON it can be told as problem details, with every member kept.

    Starlette, ASGI servers  the phrase of the status as plain text
    FastAPI                  {"detail": phrase} and its few own sentences; 422 with a list of faults
    Litestar                 {"status_code": status, "detail": phrase}; 400 with a list of faults
    Flask (Werkzeug)         a page of title, heading and the default description
    Django                   its pages for 400, 403, 404, 500 and forgery, with DEBUG off
    any                      no content at all
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import unescape
from http import HTTPStatus
from typing import cast

from seeother.message import Fields, first, media_type
from seeother.rules import is_framework_json

from .validation import FieldError, from_fastapi, from_litestar, to_pointer, without_input
from .werkzeug_words import DESCRIPTIONS, NOT_JSON

_ERRORS = range(400, 600)
_UNPROCESSABLE = 422
_TEXT_LIMIT = 100  # bytes, the longest phrase has 31
_PAGE_LIMIT = 8192  # bytes; Django's page about forgery is the longest, 2 KB
JSON_LIMIT = 1 << 20  # bytes, of a list of faults

# The phrases of RFC 7231 and older, which Python before 3.13 has, and those of RFC 9110.
_PHRASES = {
    413: ("content too large", "request entity too large", "payload too large"),
    414: ("uri too long", "request-uri too long", "request uri too long"),
    416: ("range not satisfiable", "requested range not satisfiable"),
    418: ("i'm a teapot",),
    422: ("unprocessable content", "unprocessable entity"),
}
_OWN_SENTENCES = {  # of FastAPI and uvicorn
    400: ("There was an error parsing the body", "Invalid HTTP request received."),
    401: ("Not authenticated", "Invalid authentication credentials"),
    403: ("Not authenticated", "Invalid authentication credentials"),
}
_LITESTAR_MISSING = re.compile(r"Missing required (cookie|header|path|query) parameter '([^']+)' for (?:path|url) ")
_WERKZEUG = re.compile(
    r"<!doctype html>\n<html lang=en>\n<title>(\d{3}) ([^<]*)</title>\n<h1>\2</h1>\n<p>([^<]*)</p>\n"
)
_DJANGO = re.compile(
    r'\n?<!doctype html>\n<html lang="[^"]*">\n<head>\n  <title>([^<]*)</title>\n</head>\n'
    r"<body>\n  <h1>\1</h1><p>([^<]*)</p>\n</body>\n</html>\n"
)
_DJANGO_PAGES = {
    400: ("Bad Request (400)", ""),
    403: ("403 Forbidden", ""),
    404: ("Not Found", "The requested resource was not found on this server."),
    500: ("Server Error (500)", ""),
}
_DJANGO_FORGERY = (  # all of these, with the paragraphs about cookies or Referer between them
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n',
    "<title>403 Forbidden</title>",
    "<h1>Forbidden <span>(403)</span></h1>\n  <p>CSRF verification failed. Request aborted.</p>",
    "<small>More information is available with DEBUG=True.</small>",
)


@dataclass(frozen=True, slots=True)
class FrameworkError:
    """A framework's own words: `detail` where they say more than the status, `errors` one entry a field.

    `members` are those that the framework's clients read, without what was sent; a `detail` among them is a list.
    """

    detail: str | None = None
    errors: tuple[FieldError, ...] = ()
    members: Mapping[str, object] = field(default_factory=dict[str, object])


def read_framework_error(status: int, fields: Fields, content: bytes) -> FrameworkError | None:
    """What a framework says by default, or None for an answer of the application's own."""
    if status not in _ERRORS:
        return None
    if not content:
        return FrameworkError()
    if first(fields, b"content-encoding") not in {None, b"identity"}:
        return None
    kind = media_type(fields)
    if kind == b"application/json" or (kind == b"text/plain" and content[:1] == b"{"):
        return _from_json(status, content)
    if kind == b"text/plain":
        return _from_text(status, content)
    return _from_page(status, content) if kind == b"text/html" else None


def read_own_words(status: int, fields: Fields, content: bytes) -> FrameworkError | None:
    """The application's own words in the JSON that its framework has put together; None for JSON of its own."""
    if status not in _ERRORS or first(fields, b"content-encoding") not in {None, b"identity"}:
        return None
    document = read_object(content) if media_type(fields) == b"application/json" else None
    if document is None or not is_framework_json(status, document, content):
        return None
    detail = document.pop("detail")
    return FrameworkError(detail, members=document) if isinstance(detail, str) else None


def read_object(content: bytes) -> dict[str, object] | None:
    """The JSON object in the content, or None."""
    value = read_json(content)
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def read_json(content: bytes) -> object:
    """The JSON value in the content, or None; NaN and its like are no JSON."""
    if len(content) > JSON_LIMIT:
        return None
    try:
        return json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> object:
    raise ValueError(constant)


def is_phrase(status: int, text: str) -> bool:
    """Whether the text is no more than the phrase of the status, by any edition of HTTP."""
    lower = text.strip().lower()
    if status in _PHRASES:
        return lower in _PHRASES[status]
    try:
        return lower == HTTPStatus(status).phrase.lower()
    except ValueError:  # not in Python's list
        return False


def _from_text(status: int, content: bytes) -> FrameworkError | None:
    if len(content) > _TEXT_LIMIT:
        return None
    return _from_sentence(status, content.decode("latin-1").strip())


def _from_sentence(status: int, text: str) -> FrameworkError | None:
    if is_phrase(status, text):
        return FrameworkError()
    return FrameworkError(text) if text in _OWN_SENTENCES.get(status, ()) else None


def _from_json(status: int, content: bytes) -> FrameworkError | None:
    document = read_object(content)
    if document is None:
        return None
    if document.keys() == {"detail"}:
        return _from_fastapi(status, document["detail"])
    if document.keys() - {"extra"} == {"status_code", "detail"} and document["status_code"] == status:
        return _from_litestar(status, document)
    return None


def _from_fastapi(status: int, detail: object) -> FrameworkError | None:
    if isinstance(detail, str):
        return _from_sentence(status, detail)
    errors = from_fastapi(detail) if status == _UNPROCESSABLE else None
    return None if errors is None else FrameworkError(errors=errors, members={"detail": without_input(detail)})


def _from_litestar(status: int, document: dict[str, object]) -> FrameworkError | None:
    detail, extra = document["detail"], document.get("extra")
    if not isinstance(detail, str):
        return None
    told: FrameworkError | None = None
    if not extra:
        told = _from_litestar_s_words(status, detail)
    elif detail.startswith("Validation failed for ") and (errors := from_litestar(extra)) is not None:
        told = FrameworkError(errors=errors, members={"extra": without_input(extra)})
    return None if told is None else replace(told, members={"status_code": status, **told.members})


def _from_litestar_s_words(status: int, detail: str) -> FrameworkError | None:
    if is_phrase(status, detail):
        return FrameworkError()
    if missing := _LITESTAR_MISSING.match(detail):
        # Not its own words: they repeat the query, and whatever secret is in it.
        text = f"Missing required {missing[1]} parameter"
        error = FieldError(pointer=to_pointer([missing[2]]), location=missing[1], detail=text)
        return FrameworkError(errors=(error,))
    if detail.startswith("JSON is malformed: "):  # msgspec tells the position, never the text
        return FrameworkError(detail)
    return None


def _from_description(status: int, text: str) -> FrameworkError | None:
    if text == DESCRIPTIONS.get(status):
        return FrameworkError()
    is_unsupported = status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE and text == NOT_JSON
    return FrameworkError(NOT_JSON) if is_unsupported else None


def _from_page(status: int, content: bytes) -> FrameworkError | None:
    if len(content) > _PAGE_LIMIT:
        return None
    text = content.decode("utf-8", "replace")
    if page := _WERKZEUG.fullmatch(text):
        return _from_description(status, unescape(page[3])) if page[1] == str(status) else None
    if page := _DJANGO.fullmatch(text):
        return FrameworkError() if (page[1], page[2]) == _DJANGO_PAGES.get(status) else None
    if status == HTTPStatus.FORBIDDEN and all(part in text for part in _DJANGO_FORGERY):
        return FrameworkError("CSRF verification failed.")
    return None
