# SPDX-License-Identifier: Apache-2.0
"""The guard's own error answers: problem details (RFC 9457) for machines, a small page with a way on for people."""

import json
from html import escape

from seeother.message import Field, Request, Response, first

from .problems import Problem

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title>
<body style="font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.2rem">
<h1 style="font-size:1.5rem">{title}</h1><p>{detail}</p><p lang="zh">{detail_zh}</p>
<p><a href="/">Continue in the shop · 返回商店</a></p></body></html>
"""


def wants_page(request: Request) -> bool:
    """Whether a person is looking: a navigation, or a client that accepts HTML and does not prefer JSON."""
    destination = first(request.fields, b"sec-fetch-dest")
    if destination is not None:
        return destination in {b"document", b"iframe", b"frame"}
    accept = first(request.fields, b"accept") or b""
    return b"text/html" in accept and b"json" not in accept


def problem(request: Request, kind: Problem, *, retry_after: float | None = None, **filling: object) -> Response:
    """The answer that states a problem; `retry_after` (seconds) overrides the kind's own."""
    detail = kind.detail.format(**filling)
    if wants_page(request):
        media_type = b"text/html; charset=utf-8"
        detail_zh = kind.detail_zh.format(**filling)
        content = _PAGE.format(title=escape(kind.title), detail=escape(detail), detail_zh=escape(detail_zh)).encode()
    else:
        media_type = b"application/problem+json"
        uri = f"urn:seeother:problem:{kind.slug}"
        content = json.dumps({"type": uri, "title": kind.title, "status": kind.status, "detail": detail}).encode()
    fields: list[Field] = [
        (b"content-type", media_type),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
    ]
    seconds = kind.retry_after if retry_after is None else retry_after
    if seconds is not None:
        fields.append((b"retry-after", str(max(1, round(seconds))).encode()))
    return Response(kind.status, tuple(fields), content)
