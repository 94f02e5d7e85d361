# SPDX-License-Identifier: Apache-2.0
"""Repairs of error answers: plain functions on a response, which leave every success and the application's own alone.

What a repair keeps: the status, and each field that still holds (cookies, Retry-After, Allow, WWW-Authenticate,
Location, …). What was said about the old content goes with it.
"""

import json
from collections.abc import Iterable

from seeother.message import (
    Field,
    Fields,
    Request,
    Response,
    ResponseHead,
    Status,
    every,
    first,
    media_type,
    read_retry_after,
)

from .answer import PAGE, PROBLEM, VARYING, as_page, as_problem, offered, whole
from .fallback import refresh, stand_in
from .framework_error import JSON_LIMIT, FrameworkError, read_framework_error, read_json, read_object, read_own_words
from .page import HOME, FallbackPage
from .problems import Problem
from .validation import FieldError

_ERRORS = range(400, 600)
ABOUT_CONTENT = frozenset({
    b"accept-ranges", b"content-digest", b"content-disposition", b"content-encoding", b"content-language",
    b"content-length", b"content-location", b"content-md5", b"content-range", b"content-type", b"digest", b"etag",
    b"last-modified", b"repr-digest", b"trailer", b"transfer-encoding",
})  # fmt: skip
_BLANK = "about:blank"  # the status says it all (RFC 9457 section 4.2.1)
_INVALID = Problem("validation", 422, "Some fields were not accepted", "部分字段未被接受", "", "")
_TEXT_MEMBERS = ("type", "title", "detail", "instance")  # RFC 9457 section 3.1; the fifth is `status`
_OWN = "own_"
_TEXT_LIMIT = 2000  # characters


def stated(
    request: Request,
    head: ResponseHead,
    content: bytes,
    *,
    pages: FallbackPage,
    problems: bool,
    way_on: str = HOME,
    action: bool = False,
) -> Response | None:
    """A framework's default error as problem details or as the page, whichever the client asked for; None to leave it.

    Where an application has put its own words into the framework's JSON they become problem details, and no page. With
    `problems` its own JSON error objects do, too. `action` is what the route declares, and `way_on` where the page
    leads.
    """
    if head.status not in _ERRORS or _is_unknown_to_head(request, head, content):
        return None
    chosen = offered(request)
    error = read_framework_error(head.status, head.fields, content)
    if error is None and chosen == PROBLEM:
        error = read_own_words(head.status, head.fields, content)
    own = _own_problem(head, content) if error is None and problems else None
    if error is None and own is None:
        return None
    if chosen is None and content:
        return None  # what the client got it may have accepted; ours it did not
    if chosen == PAGE:
        fields, stating = _page(request, head, error, pages=pages, way_on=way_on, action=action)
    elif own is not None:
        fields, stating = [(b"content-type", PROBLEM)], own
    else:
        fields, stating = _problem(head.status, error or FrameworkError(), is_named=_names_problems(request))
    return whole(request, head.status, (*outliving(head.fields), *fields), content=stating)


def not_accepted(
    request: Request, status: int, errors: Iterable[FieldError], *, pages: FallbackPage, way_on: str = HOME
) -> Response:
    """The answer to content that does not fit: problem details or the page, with one entry a field."""
    head = ResponseHead(status, ((b"cache-control", b"no-store"),))
    error = FrameworkError(errors=tuple(errors))
    if offered(request) == PAGE:
        fields, stating = _page(request, head, error, pages=pages, way_on=way_on, action=False)
    else:
        fields, stating = _problem(status, error, is_named=True)
    return whole(request, status, (*outliving(head.fields), *fields), content=stating)


def mended_problem(head: ResponseHead, content: bytes) -> bytes | None:
    """The content of problem details that contradict their status line or are no object, mended; None to leave it."""
    if head.status not in _ERRORS or not 0 < len(content) <= JSON_LIMIT or media_type(head.fields) != PROBLEM:
        return None
    if first(head.fields, b"content-encoding") not in {None, b"identity"}:
        return None
    document = read_object(content)
    if document is None:
        return _remade(head.status, content)
    if _is_number(document.get("status", head.status), head.status):
        return None
    return _encoded({**document, "status": head.status})


def phrase(status: int) -> str:
    """The registered phrase of a status, or the name of its class (RFC 9110 section 15)."""
    try:
        return Status(status).phrase
    except ValueError:
        return "Client Error" if status // 100 == 4 else "Server Error"  # noqa: PLR2004 - 4xx


def _is_unknown_to_head(request: Request, head: ResponseHead, content: bytes) -> bool:
    """Whether the answer to HEAD does not show what GET would get: then nobody knows whose words those are."""
    return request.method == "HEAD" and not content and first(head.fields, b"content-length") != b"0"


def _page(
    request: Request,
    head: ResponseHead,
    error: FrameworkError | None,
    *,
    pages: FallbackPage,
    way_on: str,
    action: bool,
) -> tuple[list[Field], bytes]:
    kind = stand_in(request, head.status, action=action)
    errors = () if error is None else error.errors
    fields, content = as_page(pages.page(kind, status=head.status, way_on=way_on, errors=errors))
    value = first(head.fields, b"retry-after")
    wait = None if value is None else read_retry_after(value)
    if wait is not None and wait.seconds is not None and first(head.fields, b"refresh") is None:
        fields += refresh(request, kind, b"%d" % max(1, wait.seconds))
    return fields, content


def _problem(status: int, error: FrameworkError, *, is_named: bool) -> tuple[list[Field], bytes]:
    """The error as problem details; unless the client has named them, FastAPI's list stays where its clients look.

    RFC 9457 section 3.1 has `detail` be a text, and has whoever reads problem details ignore what is none.
    """
    uri, title, detail = _BLANK, phrase(status), error.detail or phrase(status)
    members: dict[str, object] = {}
    if error.errors:
        uri, title = _INVALID.uri, _INVALID.title
        members["errors"] = list(error.errors)
        detail = "; ".join([f"{_place(entry)}: {entry['detail']}" for entry in error.errors[:3]])
    members |= error.members
    is_theirs = "detail" in members and not is_named
    return as_problem(status, uri=uri, title=title, detail=None if is_theirs else detail, members=members)


def _names_problems(request: Request) -> bool:
    """Whether a client asks for problem details by their name, not only for JSON."""
    return PROBLEM in b", ".join(every(request.fields, b"accept")).lower()


def _own_problem(head: ResponseHead, content: bytes) -> bytes | None:
    """The application's own JSON error object as problem details, all its members kept.

    A member that the problem's own would have to replace goes on as `own_…`, for no word of the application is lost.
    """
    if media_type(head.fields) != b"application/json":
        return None
    if first(head.fields, b"content-encoding") not in {None, b"identity"}:
        return None
    own = read_object(content)
    if own is None:
        return None
    document: dict[str, object] = {"type": _BLANK, "title": phrase(head.status), "status": head.status}
    for name, value in own.items():
        is_amiss = name in _TEXT_MEMBERS and not isinstance(value, str)
        if is_amiss or (name == "status" and not _is_number(value, head.status)):
            kept = _OWN + name
            while kept in own:
                kept = _OWN + kept
            document[kept] = value
        else:
            document[name] = value
    return _encoded(document)


def _is_number(value: object, status: int) -> bool:
    return value == status and not isinstance(value, bool)


def _place(entry: FieldError) -> str:
    """The field for people to read."""
    return entry["pointer"].lstrip("/") or entry["location"]


def _encoded(document: dict[str, object]) -> bytes | None:
    """The document as JSON, or None where it is nested deeper than Python goes."""
    try:
        return json.dumps(document).encode()
    except RecursionError:
        return None


def _remade(status: int, content: bytes) -> bytes:
    """Problem details around what is no object: a text becomes the detail, another JSON value a member."""
    value = read_json(content)
    if value is None:
        value = content.decode("utf-8", "replace")
    is_text = isinstance(value, str)
    detail = str(value).strip()[:_TEXT_LIMIT] if is_text else phrase(status)
    members = {} if is_text else {"content": value}
    return as_problem(status, uri=_BLANK, title=phrase(status), detail=detail, members=members)[1]


def outliving(fields: Fields) -> Fields:
    """The fields that still hold, and Vary with what the new content was chosen by."""
    kept = [field for field in fields if field[0] not in ABOUT_CONTENT and field[0] != b"vary"]
    named = [name.strip() for key, value in fields if key == b"vary" for name in value.split(b",") if name.strip()]
    if b"*" in named:
        return (*kept, (b"vary", b"*"))
    known = {name.lower() for name in named}
    named += [name for name in VARYING if name.lower() not in known]
    return (*kept, (b"vary", b", ".join(named)))
