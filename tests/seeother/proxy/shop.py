# SPDX-License-Identifier: Apache-2.0
"""A shop that knows nothing of the guard, and writes each order that it takes into a file; run by uvicorn."""

import asyncio
import os
from pathlib import Path
from typing import Any

ORDERS = Path(os.environ.get("ORDERS", "orders"))
PIECE = b"x" * 65536
SLOW = float(os.environ.get("SLOW", "0.3"))  # seconds that an order takes


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI has it
    """Take orders, count what is sent to /upload, send as much as is asked for at /big; all else is a page."""
    path, method = scope["path"], scope["method"]
    content, length = b"", 0
    while True:
        message = await receive()
        length += len(message.get("body", b""))
        content = content if path == "/upload" else content + message.get("body", b"")
        if not message.get("more_body", False):
            break
    if path == "/big":
        await _big(send, int(scope["query_string"]))
    elif path == "/upload":
        await _answer(send, 200, b"%d" % length)
    elif method == "POST":
        number = _written(content)
        await asyncio.sleep(SLOW)
        fields = (b"location", b"/orders/%d" % number), (b"set-cookie", b"basket=empty; Path=/")
        await _answer(send, 302, b"", *fields)
    else:
        await _answer(send, 200, b"<!doctype html><title>%s</title>" % path.encode())


def _written(content: bytes) -> int:
    """The number of an order that is now in the file."""
    with ORDERS.open("ab") as file:
        file.write(content + b"\n")
    return len(ORDERS.read_bytes().splitlines())


async def _answer(send: Any, status: int, content: bytes, *fields: tuple[bytes, bytes]) -> None:  # noqa: ANN401 - as above
    length = (b"content-length", b"%d" % len(content))
    kind = (b"content-type", b"text/html; charset=utf-8")
    await send({"type": "http.response.start", "status": status, "headers": [kind, length, *fields]})
    await send({"type": "http.response.body", "body": content})


async def _big(send: Any, size: int) -> None:  # noqa: ANN401 - as above
    fields = [(b"content-length", b"%d" % size), (b"content-type", b"application/octet-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    for _ in range(size // len(PIECE)):
        await send({"type": "http.response.body", "body": PIECE, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
