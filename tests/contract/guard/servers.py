# SPDX-License-Identifier: Apache-2.0
"""The smallest servers there are: they ask an application once and keep what it sends."""

import asyncio
from collections.abc import Callable
from io import BytesIO
from typing import Any
from wsgiref.types import WSGIApplication

from seeother.asgi.drive import Application, Message
from seeother.message import Fields
from tests.contract.guard.exchange import Ask, Got

Server = Callable[[Ask, Fields], Got]


def asgi(app: Application) -> Server:
    """A server for an ASGI application."""

    def serve(ask: Ask, fields: Fields) -> Got:
        got = Got()
        asyncio.run(_served(app, ask, fields=fields, got=got))
        return got

    return serve


async def _served(app: Application, ask: Ask, *, fields: Fields, got: Got) -> None:
    waiting: list[Message] = [{"type": "http.request", "body": ask.content, "more_body": False}]
    left = asyncio.Event()

    async def receive() -> Message:
        if waiting:
            return waiting.pop()
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            assert not got.status, "a second head reached the server"
            got.status = message["status"]
            got.fields = tuple((bytes(name).lower(), bytes(value)) for name, value in message["headers"])
        elif message["type"] == "http.response.body":
            assert got.status, "content without a head"
            assert not got.ended, "content after its end"
            if message.get("body"):
                got.pieces.append(message["body"])
            got.ended = not message.get("more_body", False)
            if got.ended:
                left.set()

    path, _, query = ask.path.partition("?")
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1",
        "method": ask.method, "path": path, "raw_path": path.encode(), "query_string": query.encode(),
        "root_path": "", "scheme": "http", "headers": list(fields), "server": ("shop.example", 80),
        "client": (ask.client, 50000), "extensions": {}, "state": {},
    }  # fmt: skip
    try:
        await app(scope, receive, send)
    except Exception as error:  # noqa: BLE001 - whatever it is, the server logs it
        got.failure = error


def wsgi(app: WSGIApplication) -> Server:
    """A server for a WSGI application, as strict as PEP 3333."""

    def serve(ask: Ask, fields: Fields) -> Got:
        got = Got()
        head: list[tuple[str, list[tuple[str, str]]]] = []

        def write(piece: bytes) -> None:
            assert head, "content without a head"
            _head(got, *head[-1])
            if piece:
                got.pieces.append(piece)

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: object = None, /
        ) -> Callable[[bytes], object]:
            assert not head or exc_info, "a second head reached the server"
            head.append((status, headers))
            return write

        try:
            parts = app(environ_of(ask, fields), start_response)
            try:
                for piece in parts:
                    write(piece)
                write(b"")
                got.ended = True
            finally:
                close = getattr(parts, "close", None)
                if close is not None:
                    close()
        except AssertionError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the server logs it
            got.failure = error
        if got.failure is not None and _length_of(got) == len(got.content):
            got.ended = True  # the client has all of it
        return got

    return serve


def _head(got: Got, status: str, headers: list[tuple[str, str]]) -> None:
    if not got.status:
        got.status = int(status[:3])
        got.fields = tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers)


def _length_of(got: Got) -> int | None:
    lines = got.every("content-length")
    return int(lines[0]) if lines else None


def environ_of(ask: Ask, fields: Fields) -> dict[str, Any]:
    """The environment of a request, as a server makes it."""
    path, _, query = ask.path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": ask.method, "SCRIPT_NAME": "", "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": query, "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": ask.client, "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(ask.content), "wsgi.errors": None,
        "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
    }  # fmt: skip
    for name, value in fields:
        key = name.decode().upper().replace("-", "_")
        key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    return environ
