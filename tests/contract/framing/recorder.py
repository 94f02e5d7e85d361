# SPDX-License-Identifier: Apache-2.0
"""An application that writes down each request as it reads it, and says in its answer which one it answers.

It stands bare behind the proxy, and with a guard around it in the servers.
"""

import json
import os
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse

from seeother import asgi, wsgi
from seeother.asgi import Receive, Scope, Send
from seeother.settings import Settings, read_settings

SEEN = Path(os.environ.get("SEEN", "seen"))
SETTINGS = """
[site]
secrets = ["correct horse battery staple"]
[ledger]
url = "memory://"
[[route]]
match = "POST /orders/{id}"
idempotency = "form"
"""


def settings() -> Settings:
    """The guard's, with an action whose content it reads."""
    return read_settings(tomllib.loads(SETTINGS), {})


def _write(method: str, target: str, content: bytes, cut: str = "") -> None:
    line = json.dumps([method, target, content.decode("latin-1"), cut]).encode() + b"\n"
    with SEEN.open("ab") as file:
        file.write(line)


async def bare(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application."""
    if scope["type"] != "http":
        return
    content, more, cut = b"", True, ""
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            more, cut = False, "cut"
        else:
            content += message.get("body", b"")
            more = message.get("more_body", False)
    query = scope.get("query_string", b"")
    target = (scope.get("raw_path") or scope["path"].encode()) + (b"?" + query if query else b"")
    _write(scope["method"], target.decode("latin-1"), content, cut)
    answer = b"answer to " + target
    fields = [
        (b"content-length", b"%d" % len(answer)),
        (b"content-type", b"text/plain"),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": answer})


def bare_wsgi(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """The WSGI application."""
    content, cut = b"", ""
    try:
        content = _read(environ)
    except Exception as error:  # noqa: BLE001 - each server has its own way to say that the rest will not come
        cut = type(error).__name__
    target = environ.get("RAW_URI") or environ["PATH_INFO"] + (
        "?" + environ["QUERY_STRING"] if environ.get("QUERY_STRING") else ""
    )
    _write(environ["REQUEST_METHOD"], target, content, cut)
    answer = b"answer to " + target.encode("latin-1")
    start_response(
        "200 OK", [("Content-Length", str(len(answer))), ("Content-Type", "text/plain"), ("Cache-Control", "no-store")]
    )
    return [answer]


def _read(environ: dict[str, Any]) -> bytes:
    stream = environ["wsgi.input"]
    if environ.get("CONTENT_LENGTH"):
        wanted, content = int(environ["CONTENT_LENGTH"]), b""
        while len(content) < wanted:
            piece = stream.read(wanted - len(content))
            if not piece:
                raise EOFError
            content += piece
        return content
    return bytes(stream.read()) if environ.get("HTTP_TRANSFER_ENCODING") else b""


guarded = asgi.Guard(bare, settings())
guarded_wsgi = wsgi.Guard(bare_wsgi, settings())
