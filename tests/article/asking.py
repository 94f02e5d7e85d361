# SPDX-License-Identifier: Apache-2.0
"""A guarded application in this process, and what it answers to one request."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from seeother.asgi import Guard
from seeother.settings import read_settings

SECRET = "correct horse battery staple"
PERSON = {"accept": "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
MACHINE = {"accept": "application/json"}
Application = Callable[..., Awaitable[None]]
Answering = Callable[[Request], Response | Awaitable[Response]]


def guarded(app: Application, *routes: Mapping[str, object], journey: Mapping[str, object] | None = None,
            **site: object) -> Guard:  # fmt: skip
    """The application behind a guard with these routes, this journey and these settings of the site."""
    document: dict[str, Any] = {
        "site": {"secrets": [SECRET], **site},
        "ledger": {"url": "memory://"},
        "route": [dict(route) for route in routes],
    }
    if journey is not None:
        document["journey"] = {"checkout": journey}
    return Guard(app, read_settings(document, {}))


def application(answering: Answering, path: str = "/orders") -> Starlette:
    """An application that answers every request for a path in one way."""

    async def answered(request: Request) -> Response:
        answer = answering(request)
        return answer if isinstance(answer, Response) else await answer

    return Starlette(routes=[Route(path, answered, methods=["GET", "POST", "PUT", "DELETE"])])


async def ask(
    app: Application,
    method: str = "POST",
    path: str = "/orders",
    *,
    fields: Mapping[str, str] | None = None,
    content: bytes = b"",
    client: str = "203.0.113.7",
) -> httpx2.Response:
    """The answer to one request; exceptions of the application stay with the server, as they do in production."""
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False, client=(client, 50000))
    async with httpx2.AsyncClient(transport=transport, base_url="https://shop.example") as visitor:
        visitor.headers.clear()  # a client library's own Accept is nobody's
        return await visitor.request(method, path, headers=dict(fields or {}), content=content)
