# SPDX-License-Identifier: Apache-2.0
"""A service that misbehaves as its paths say, on a free port of this machine, in a thread and a loop of its own.

    /ok                      200 and `ok`
    /status/504              that status, and the fields that the query names: /status/503?retry-after=30
    /close   /reset          no answer: the connection ends politely, or is reset
    /cut     /cut-chunked    200, and the content ends before its end
    /late                    200, and the content 50 ms after the head
    /hang                    no answer
    /drip-head   /drip       the head, or the content, comes a byte each 20 ms, for ever

`plays` puts other behaviours in front, one a request, whatever the path.
"""

import asyncio
import socket
import struct
import threading
from collections import deque
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

_DRIP = 0.02  # seconds between two bytes
_LATE = 0.05  # seconds
_RESET = struct.pack("ii", 1, 0)  # linger for no time: closing sends RST


class Got(NamedTuple):
    """One request as it arrived."""

    method: str
    path: str
    fields: Mapping[str, str]
    content: bytes


class Peer:
    """The service; `got` has what it was asked."""

    def __init__(self) -> None:
        """Listen."""
        self.got: list[Got] = []
        self._script: deque[str] = deque()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),))
        self._thread.start()
        self._ready.wait()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.name = f"127.0.0.1:{self.port}"

    def plays(self, *paths: str) -> None:
        """Behave like these, one after the other, and after that as asked."""
        self._script.extend(paths)

    def close(self) -> None:
        """Stop."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._calls: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port: int = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)
        try:
            while await self._answered(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection can be used again."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *lines = head.strip().split("\r\n")
        method, target, _ = line.split(" ")
        fields = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)}
        content = await reader.readexactly(int(fields.get("content-length", "0")))
        self.got.append(Got(method, target, fields, content))
        parts = urlsplit(self._script.popleft() if self._script else target)
        kind, _, rest = parts.path.strip("/").partition("/")
        match kind:
            case "status":
                head = f"HTTP/1.1 {rest} As Told\r\ncontent-length: 0\r\n"
                head += "".join([f"{name}: {value}\r\n" for name, value in parse_qsl(parts.query)])
                writer.write(head.encode() + b"\r\n")
            case "ok":
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            case _:
                await self._misbehave(kind, writer)
                return False
        await writer.drain()
        return True

    async def _misbehave(self, kind: str, writer: asyncio.StreamWriter) -> None:
        match kind:
            case "close":
                return
            case "reset":
                connection: socket.socket = writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            case "cut":
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\npartial")
                await writer.drain()
            case "cut-chunked":
                writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n7\r\npartial\r\n")
                await writer.drain()
            case "late":
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n")
                await writer.drain()
                await asyncio.sleep(_LATE)
                writer.write(b"ok")
            case "hang":
                await asyncio.Event().wait()
            case "drip-head":
                await self._drip(writer, b"HTTP/1.1 200 OK\r\nx-slow: ")
            case "drip":
                await self._drip(writer, b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
            case _:
                raise AssertionError(kind)

    async def _drip(self, writer: asyncio.StreamWriter, first: bytes) -> None:
        writer.write(first)
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(_DRIP)
