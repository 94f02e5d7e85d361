# SPDX-License-Identifier: Apache-2.0
"""Applications that do what none should, with no framework and no guard, to see what a server makes of it.

/scope tells what the server offers; /second and /second-late send a second head, before and after content; /breaks and
/breaks-short raise in the middle of an answer, with and without a length; /hints sends early hints where they are
offered; /waits writes down whether it hears that its client has left.
"""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse

from seeother.asgi import Receive, Scope, Send

NOTES = Path(os.environ.get("NOTES", "notes"))
_TEXT = (b"content-type", b"text/plain")
_LINK = "</shop.css>; rel=preload; as=style"
_HINT = "http.response.early_hint"
_WAITING_SECONDS = 5.0


class AnyError(Exception):
    """The application has failed."""


def note(text: str) -> None:
    """Write something down."""
    with NOTES.open("a") as file:
        file.write(text + "\n")


async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application."""
    if scope["type"] != "http":
        return
    path = scope["path"]
    extensions = sorted(scope.get("extensions") or {})
    if path == "/waits":
        await _wait(receive)
    if path == "/hints" and _HINT in extensions:
        await send({"type": _HINT, "links": [_LINK.encode()]})
    fields = [_TEXT, (b"content-length", b"9")] if path == "/breaks-short" else [_TEXT]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    if path in {"/second-late", "/breaks", "/breaks-short"}:
        await send({"type": "http.response.body", "body": b"part", "more_body": True})
    if path.startswith("/second"):
        await send({"type": "http.response.start", "status": 303, "headers": [(b"location", b"/elsewhere")]})
    elif path.startswith("/breaks"):
        raise AnyError
    told = {"version": scope["http_version"], "offers": extensions, "scheme": scope["scheme"]}
    await send({"type": "http.response.body", "body": json.dumps(told).encode()})


async def _wait(receive: Receive) -> None:
    note("begun")
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            note("left")
            return


def wsgi(environ: dict[str, Any], start_response: StartResponse) -> Iterator[bytes]:
    """The WSGI application."""
    path = environ["PATH_INFO"]
    hint = environ.get("wsgi.early_hints")
    if path == "/hints" and hint is not None:
        hint([("Link", _LINK)])
    if path == "/waits":
        note("begun")
        time.sleep(_WAITING_SECONDS)
    fields = [("Content-Type", "text/plain"), *([("Content-Length", "9")] if path == "/breaks-short" else [])]
    start_response("200 OK", fields)
    if path in {"/second-late", "/breaks", "/breaks-short"}:
        yield b"part"
    if path.startswith("/second"):
        start_response("303 See Other", [("Location", "/elsewhere")])
    elif path.startswith("/breaks"):
        raise AnyError
    offers = ["wsgi.early_hints"] if hint is not None else []
    version = environ["SERVER_PROTOCOL"].partition("/")[2].removesuffix(".0") or "1.0"
    yield json.dumps({"version": version, "offers": offers, "scheme": environ["wsgi.url_scheme"]}).encode()
