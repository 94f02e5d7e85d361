# SPDX-License-Identifier: Apache-2.0
"""An application for several processes, by ASGI and by WSGI: an order waits until so many have asked as its key says.

/held holds duplicates until there is an answer, /told tells them that the first one runs. The environment: LEDGER, its
address; RUNS, a file that gets the key of each run; HEARD, one that gets key and process of each request.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any
from wsgiref.types import StartResponse

from seeother import asgi as by_asgi
from seeother import wsgi as by_wsgi
from seeother.asgi import Receive, Scope, Send
from seeother.settings import read_settings

LIMIT_SECONDS = 20.0
_LOOK_SECONDS = 0.05


def _noted(file: str, what: object) -> None:
    with Path(os.environ[file]).open("a") as lines:
        lines.write(f"{what}\n")


def _begun(key: str) -> Iterator[float]:
    """Write a run down, and wait in steps of seconds until all have asked who will."""
    _noted("RUNS", key)
    limit = time.monotonic() + LIMIT_SECONDS
    while Path(os.environ["HEARD"]).read_text().count(f"{key} ") < int(key.rpartition("-")[2]):
        if time.monotonic() > limit:
            raise TimeoutError(key)
        yield _LOOK_SECONDS


def _fields() -> list[tuple[str, str]]:
    return [("location", f"/orders/{token_hex(4)}"), ("set-cookie", f"order={token_hex(4)}; Path=/")]


def _key(scope: Scope) -> str:
    key: bytes = dict(scope["headers"])[b"idempotency-key"]
    return key.decode()


async def _order(scope: Scope, _receive: Receive, send: Send) -> None:
    for seconds in _begun(_key(scope)):
        await asyncio.sleep(seconds)
    fields = [(name.encode(), value.encode()) for name, value in _fields()]
    await send({"type": "http.response.start", "status": 303, "headers": fields})
    await send({"type": "http.response.body", "body": b""})


def _wsgi_order(environ: dict[str, Any], start_response: StartResponse) -> Iterator[bytes]:
    for seconds in _begun(environ["HTTP_IDEMPOTENCY_KEY"]):
        time.sleep(seconds)
    start_response("303 See Other", _fields())
    yield b""


_ROUTES = [
    {"match": f"POST {path}", "idempotency": "required", "principal": "shared", "in_flight": duplicates}
    for path, duplicates in (("/held", "wait"), ("/told", "conflict"))
]
_SETTINGS = read_settings({"ledger": {"url": os.environ["LEDGER"]}, "route": _ROUTES}, {})
_ASGI, _WSGI = by_asgi.Guard(_order, _SETTINGS), by_wsgi.Guard(_wsgi_order, _SETTINGS)


async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
    """The guarded application by ASGI; a GET only shows who is there."""
    if scope["type"] == "http":
        _noted("HEARD", f"{_key(scope)} {os.getpid()}")
        if scope["method"] == "GET":
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
    await _ASGI(scope, receive, send)


def wsgi(environ: dict[str, Any], start_response: StartResponse) -> Any:  # noqa: ANN401 - what servers iterate
    """The guarded application by WSGI; a GET only shows who is there."""
    _noted("HEARD", f"{environ['HTTP_IDEMPOTENCY_KEY']} {os.getpid()}")
    if environ["REQUEST_METHOD"] == "GET":
        start_response("204 No Content", [])
        return [b""]
    return _WSGI(environ, start_response)
