# SPDX-License-Identifier: Apache-2.0
"""A server that says byte for byte what a test wants, and keeps what it was sent."""

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager

Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Raw:
    """What the server was sent, one request head after the other, and how many connections there were."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self.heads: list[bytes] = []
        self.connections = 0
        self.port = 0

    async def read(self, reader: asyncio.StreamReader) -> bytes:
        """The head of the next request."""
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        return head

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer on one connection."""
        self.connections += 1
        try:
            await self._answering(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@contextmanager
def raw(answering: Callable[[Raw, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> Generator[Raw]:
    """The server, on a thread of its own."""
    server = Raw(lambda reader, writer: answering(server, reader, writer))
    listening = socket.create_server(("127.0.0.1", 0))
    server.port = listening.getsockname()[1]
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        running = await asyncio.start_server(server.take, sock=listening)
        await stop.wait()
        running.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        loop.close()


def leading_back(ports: list[int]) -> Callable[[Raw, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """Sends what it is asked to the first of these ports, as a load balancer before the guard would."""

    async def leads_back(_: Raw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back_reader, back_writer = await asyncio.open_connection("127.0.0.1", ports[0])
        try:
            back_writer.write(await reader.readuntil(b"\r\n\r\n"))
            writer.write(await back_reader.readuntil(b"\r\n\r\n"))
        finally:
            back_writer.close()
            await back_writer.wait_closed()

    return leads_back


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection by a reset."""
    wire: socket.socket = writer.get_extra_info("socket")
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def upstream_at(port: int, **more: str) -> list[dict[str, str]]:
    """The one server behind, as the configuration has it."""
    return [{"url": f"http://127.0.0.1:{port}", **more}]


def until_there_are(count: int, heard: list[str]) -> None:
    """Wait until another thread has got so far."""
    while len(heard) < count:
        time.sleep(0.01)
