# SPDX-License-Identifier: Apache-2.0
"""The guard's own error answers: problem details (RFC 9457) for machines, a small page with a way on for people."""

import json
from collections.abc import Iterable, Mapping

from seeother.message import Field, Request, Response, every, first, preferred, to_retry_after

from .page import BUILT_IN_PAGE, HOME, LANGUAGES, FallbackPage
from .problems import Problem

PAGE = b"text/html"
PROBLEM = b"application/problem+json"
VARYING = (b"Accept", b"Sec-Fetch-Dest")  # what `offered` looks at
_NAVIGATIONS = frozenset({b"document", b"embed", b"frame", b"iframe", b"object"})  # Fetch section 2.2.5


def is_navigation(request: Request) -> bool:
    """Whether a browser is going to a page, rather than a script or a machine asking for something.

    Sec-Fetch fields are sent to https and localhost only; elsewhere whoever likes HTML best is taken for a browser.
    """
    mode = first(request.fields, b"sec-fetch-mode")
    if mode is not None:
        return mode == b"navigate"
    destination = first(request.fields, b"sec-fetch-dest")
    if destination is not None:
        return destination in _NAVIGATIONS
    return first(request.fields, b"x-requested-with") is None and wants_page(request)


def wants_page(request: Request) -> bool:
    """Whether a person is looking: a navigation, or a client that likes HTML better than JSON."""
    return offered(request) == PAGE


def offered(request: Request) -> bytes | None:
    """The media type to state a problem in, or None when the client accepts none that we have.

    A navigation gets a page whatever it accepts; a script that asks for HTML puts it into a page and gets it, too.
    """
    if first(request.fields, b"sec-fetch-dest") in _NAVIGATIONS:
        return PAGE
    lines = every(request.fields, b"accept")
    chosen = preferred(b", ".join(lines) if lines else None, (PROBLEM, b"application/json", PAGE))
    return PROBLEM if chosen == b"application/json" else chosen  # whoever takes JSON can read problem details


def problem(
    request: Request,
    kind: Problem,
    *,
    pages: FallbackPage = BUILT_IN_PAGE,
    retry_after: float | None = None,
    way_on: str = HOME,
    **filling: object,
) -> Response:
    """The answer that states a problem; `retry_after` (seconds) overrides the kind's own."""
    if wants_page(request):
        fields, content = as_page(pages.filled(kind, way_on=way_on, filling=filling))
    else:
        detail = kind.detail.format(**filling)
        fields, content = as_problem(kind.status, uri=kind.uri, title=kind.title, detail=detail)
    fields.append((b"cache-control", b"no-store"))
    seconds = kind.retry_after if retry_after is None else retry_after
    if seconds is not None:
        fields.append((b"retry-after", to_retry_after(seconds)))
    return whole(request, kind.status, fields, content=content)


def as_page(content: bytes) -> tuple[list[Field], bytes]:
    """The fields that go with a page, and the page."""
    return [(b"content-type", PAGE + b"; charset=utf-8"), (b"content-language", LANGUAGES)], content


def as_problem(
    status: int, *, uri: str, title: str, detail: str | None, members: Mapping[str, object] | None = None
) -> tuple[list[Field], bytes]:
    """The fields and the content of problem details; `members` are what the problem's type adds (RFC 9457 3.2)."""
    document: dict[str, object] = {"type": uri, "title": title, "status": status}
    if detail is not None:
        document["detail"] = detail
    for name, value in (members or {}).items():
        document.setdefault(name, value)
    return [(b"content-type", PROBLEM)], json.dumps(document).encode()


def whole(request: Request, status: int, fields: Iterable[Field], *, content: bytes) -> Response:
    """The response with its length; to HEAD the length is told and the content is left out (RFC 9110 9.3.2)."""
    length = (b"content-length", b"%d" % len(content))
    return Response(status, (*fields, length), b"" if request.method == "HEAD" else content)
