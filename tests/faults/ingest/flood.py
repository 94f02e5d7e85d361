# SPDX-License-Identifier: Apache-2.0
"""Telemetry by the body, each a trace of its own, over many connections, and a record of what was acknowledged."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from tests.seeother.watch.otlp import Value, span, traces

SPANS = 1000  # a body, all of one trace: attempts of one step
_TRACE_ID = bytes(range(16))
_ABOUT: dict[str, Value] = {
    "journey.id": "0123456789abcdef" * 2,
    "journey.name": "checkout",
    "journey.step": "cart",
    "http.request.method": "POST",
    "http.route": "/cart/items",
    "http.response.status_code": 303,
}
_REFUSALS = (429, 503)
_HEAD = (
    "POST /v1/traces HTTP/1.1\r\nHost: localhost\r\n"
    "Content-Type: application/x-protobuf\r\nContent-Length: {length}\r\n\r\n"
)


def template() -> bytes:
    """A body under whose trace id others are made."""
    spans = [
        span(_ABOUT, at_ns=time.time_ns() + n * 1000, duration_ns=n * 10_000, span_id=n.to_bytes(8), trace_id=_TRACE_ID)
        for n in range(1, SPANS + 1)
    ]
    return traces(*spans).SerializeToString()


@dataclass(slots=True)
class Flood:
    """Senders that know no pause; with `insists`, each sends a body until it is acknowledged."""

    port: int
    insists: bool = False
    acknowledged: list[str] = field(default_factory=list[str])
    answers: Counter[int] = field(default_factory=Counter[int])
    without_pause: int = 0  # refusals that did not say when to come back
    cut: int = 0  # requests without an answer
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 1 << 60)))
    _template: bytes = field(default_factory=template)
    _over: bool = False

    async def run(self, seconds: float, connections: int, per_second: float | None = None) -> None:
        """Send for a while; `per_second` bodies in all, or as many as are taken."""
        self._over = False
        began = time.monotonic()
        due = None if per_second is None else (began + n / per_second for n in range(1 << 60))
        async with asyncio.TaskGroup() as senders:
            for _ in range(connections):
                senders.create_task(self._send(due))
            while not self._over and time.monotonic() < began + seconds:  # noqa: ASYNC110 - one clock, and `end`
                await asyncio.sleep(0.1)
            self._over = True

    def end(self) -> None:
        """Begin nothing more; who insists does so until the last body is acknowledged."""
        self._over = True

    async def _send(self, due: Iterator[float] | None) -> None:
        trace = ""
        while not self._over or (self.insists and trace):
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            with suppress(OSError, asyncio.IncompleteReadError):
                while not self._over or (self.insists and trace):
                    if due is not None:
                        await asyncio.sleep(max(next(due) - time.monotonic(), 0))
                    trace = trace if trace and self.insists else next(self._numbers).to_bytes(16).hex()
                    if await self._exchange(reader, writer, trace):
                        self.acknowledged.append(trace)
                        trace = ""
                    elif writer.is_closing():
                        break
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, trace: str) -> bool:
        """Whether the body was acknowledged; the connection's errors when it broke."""
        content = self._template.replace(_TRACE_ID, bytes.fromhex(trace))
        try:
            writer.write(_HEAD.format(length=len(content)).encode() + content)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError):
            self.cut += 1
            raise
        status = int(head[9:12])
        self.answers[status] += 1
        if status != 200:
            if status not in _REFUSALS:
                raise RuntimeError(head.decode())
            self.without_pause += b"\r\nretry-after: " not in head
            # Without reading the rest of the request the server hangs up; so do we.
            if b"connection: close" in head:
                writer.close()
        return status == 200
