# SPDX-License-Identifier: Apache-2.0
"""A guarded application of a cell, and a client that tells at once what it gets; by ASGI and by WSGI.

An action writes one row, its effect, with a nonce that its answer tells: who has the answer can look for the row.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Generator, Iterable
from contextlib import asynccontextmanager, contextmanager
from io import BytesIO
from pathlib import Path
from secrets import token_hex
from typing import Any, NamedTuple
from wsgiref.types import StartResponse

from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine

from seeother.asgi import Guard as AsgiGuard
from seeother.asgi.drive import Message, Receive, Scope, Send
from seeother.ledger import AsyncOutbox, Delivery, Letter, Outbox, once
from seeother.message import Response
from seeother.testing import Tell
from seeother.wsgi import Guard as WsgiGuard
from tests.faults.crash.cells import LEASE, Cell, in_file

INSERT = "INSERT INTO effect (key, nonce) VALUES ({}, {})"
_WRITE = text(INSERT.format(":key", ":nonce"))
_DELIVERY = Delivery(lease=LEASE, first_wait=0.01, longest_wait=0.05)
Fields = tuple[tuple[bytes, bytes], ...]


class Order(NamedTuple):
    """What a request wants; beside it `way` tells the handler "", slow (a renewal comes), fails (after its effect)."""

    key: str
    way: str = ""
    payload: str = "tea"


class Answer(NamedTuple):
    """What a client got, less what a replay adds."""

    status: int
    fields: Fields
    content: bytes
    is_replayed: bool = False

    @property
    def problem(self) -> str:
        """The last word of the problem's type; empty where it is none."""
        return self.content.partition(b"urn:seeother:problem:")[2].partition(b'"')[0].decode()

    @property
    def own(self) -> tuple[int, Fields, bytes]:
        """What must be the same whenever it is given."""
        return self.status, self.fields, self.content


def answered(key: str, nonce: str) -> Response:
    """The answer to an action whose effect has this nonce."""
    fields = ((b"location", f"/orders/{nonce}".encode()), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2; Path=/"))
    return Response(303, fields, f"caf\u00e9 {key} {nonce}\0".encode())


class Effects:
    """The business of an action without a transaction of the ledger's."""

    def __init__(self, path: str) -> None:
        """In this file."""
        self._path = Path(path)

    def commit(self, key: str, nonce: str) -> None:
        """Have it happen."""
        in_file(self._path, INSERT.format("?", "?"), key, nonce)


class Provider:
    """Somebody else, who charges once for a key, and notes whenever they were asked to."""

    def __init__(self, path: Path) -> None:
        """In this file."""
        self._path = path

    def charge(self, letter: Letter) -> None:
        """Charge."""
        nonce = letter.payload["nonce"]
        in_file(self._path, "INSERT INTO asked (key, nonce) VALUES (?, ?)", letter.key, nonce)
        in_file(self._path, "INSERT OR IGNORE INTO charge (key, nonce) VALUES (?, ?)", letter.key, nonce)


class Client:
    """Gets an answer in pieces and tells of each when it has it."""

    def __init__(self, tell: Tell) -> None:
        """Tell by `tell`."""
        self._tell = tell

    def head(self, status: int, fields: Fields) -> None:
        """The head has come."""
        pairs = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in fields]
        self._tell(json.dumps(["head", status, pairs]).encode() + b"\n")

    def part(self, content: bytes, *, more: bool) -> None:
        """A part of the content has come."""
        self._tell(json.dumps(["part", content.decode("latin-1"), more]).encode() + b"\n")


def heard(told: bytes) -> tuple[Answer, bool] | None:
    """What a client had got when it last told, and whether that was all; None for nothing."""
    lines = [json.loads(line) for line in told.splitlines()]
    if not lines:
        return None
    _, status, pairs = lines[0]
    fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
    own = tuple([field for field in fields if field[0] != b"idempotency-replayed"])
    content = "".join([part for _, part, _ in lines[1:]]).encode("latin-1")
    is_whole = len(lines) > 1 and not lines[-1][2]
    return Answer(status, own, content, len(own) < len(fields)), is_whole


class Site:
    """One process's guard and application; `asgi` or `wsgi`."""

    def __init__(self, cell: Cell, entrance: str) -> None:
        """Open nothing yet."""
        self._cell = cell
        self._entrance = entrance
        self._effects = None if cell.is_transactional else Effects(cell.business)
        self._provider = Provider(cell.provider)
        self.asgi = AsgiGuard(self._app, cell.settings) if entrance == "asgi" else None
        self.wsgi = WsgiGuard(self._wsgi_app, cell.settings) if entrance == "wsgi" else None
        self._engine: Any = None
        if cell.is_transactional:
            is_server = cell.business.startswith("postgresql")
            url = cell.business.partition("://")[2] if is_server else cell.business
            if entrance == "asgi":
                self._engine = create_async_engine(
                    f"{'postgresql+psycopg://' if is_server else 'sqlite+aiosqlite:///'}{url}"
                )
            else:
                self._engine = create_engine(f"{'postgresql+psycopg://' if is_server else 'sqlite:///'}{url}")

    async def ask(self, order: Order, client: Client) -> None:
        """Send one request."""
        if self.asgi is not None:
            await _by_asgi(self.asgi, order, client)
        elif self.wsgi is not None:
            await asyncio.to_thread(_by_wsgi, self.wsgi, order, client)

    async def deliver(self) -> None:
        """Have what waits in the outbox delivered."""
        if self._entrance == "asgi":
            await AsyncOutbox(self._engine, self._acharge, _DELIVERY).deliver_due()
        else:
            await asyncio.to_thread(Outbox(self._engine, self._provider.charge, _DELIVERY).deliver_due)

    async def waiting(self) -> int:
        """How much waits there."""
        if self._entrance == "asgi":
            return len(await AsyncOutbox(self._engine, self._acharge).waiting())
        return len(await asyncio.to_thread(Outbox(self._engine, self._provider.charge).waiting))

    async def close(self) -> None:
        """As a server does."""
        if self.asgi is not None:
            await self.asgi.aclose()
        if self.wsgi is not None:
            await asyncio.to_thread(self.wsgi.close)
        if self._engine is not None:
            closing = self._engine.dispose()
            if closing is not None:
                await closing

    async def _acharge(self, letter: Letter) -> None:
        self._provider.charge(letter)

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        told = dict(scope["headers"])
        way, key, nonce = told[b"x-way"].decode(), told[b"idempotency-key"].decode(), token_hex(8)
        async with self._acted(key, nonce):
            if way == "slow":
                await asyncio.sleep(LEASE / 2)
        if way == "fails":
            raise RuntimeError("after the effect")
        answer = answered(key, nonce)
        await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.fields)})
        await send({"type": "http.response.body", "body": answer.content[:5], "more_body": True})
        await send({"type": "http.response.body", "body": answer.content[5:]})

    @asynccontextmanager
    async def _acted(self, key: str, nonce: str) -> AsyncGenerator[None]:
        if self._effects is not None:
            yield
            self._effects.commit(key, nonce)
            return
        async with once(self._engine) as action:
            await action.session.execute(_WRITE, {"key": key, "nonce": nonce})
            await action.later("charge", {"nonce": nonce})
            yield

    def _wsgi_app(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        way, key, nonce = environ["HTTP_X_WAY"], environ["HTTP_IDEMPOTENCY_KEY"], token_hex(8)
        with self._blocked(key, nonce):
            if way == "slow":
                asyncio.run(asyncio.sleep(LEASE / 2))
        if way == "fails":
            raise RuntimeError("after the effect")
        answer = answered(key, nonce)
        start("303 See Other", [(name.decode(), value.decode()) for name, value in answer.fields])
        return [answer.content[:5], answer.content[5:]]

    @contextmanager
    def _blocked(self, key: str, nonce: str) -> Generator[None]:
        if self._effects is not None:
            yield
            self._effects.commit(key, nonce)
            return
        with once(self._engine) as action:
            action.session.execute(_WRITE, {"key": key, "nonce": nonce})
            action.later("charge", {"nonce": nonce})
            yield


async def _by_asgi(guard: AsgiGuard, order: Order, client: Client) -> None:
    content = order.payload.encode()
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/orders", "raw_path": b"/orders", "query_string": b"", "root_path": "", "state": {},
        "headers": [(b"host", b"shop.test"), (b"accept", b"application/json"), (b"idempotency-key", order.key.encode()),
                    (b"content-type", b"text/plain"), (b"content-length", b"%d" % len(content)),
                    (b"x-way", order.way.encode())],
        "client": ("127.0.0.1", 5000), "server": ("shop.test", 80),
    }  # fmt: skip
    unread = [content]

    async def receive() -> Message:
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        await asyncio.Event().wait()  # the client stays
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            client.head(message["status"], tuple(message["headers"]))
        else:
            client.part(message.get("body", b""), more=message.get("more_body", False))

    try:
        await guard(scope, receive, send)
    except RuntimeError as error:
        if str(error) != "after the effect":
            raise


def _by_wsgi(guard: WsgiGuard, order: Order, client: Client) -> None:
    content = order.payload.encode()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST", "SCRIPT_NAME": "", "PATH_INFO": "/orders", "QUERY_STRING": "",
        "SERVER_NAME": "shop.test", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "shop.test", "HTTP_ACCEPT": "application/json", "HTTP_IDEMPOTENCY_KEY": order.key,
        "HTTP_X_WAY": order.way, "CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": str(len(content)),
        "wsgi.input": BytesIO(content),
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.multithread": True, "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }  # fmt: skip
    heads: list[tuple[int, Fields]] = []

    def start(line: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
        heads.append(
            (int(line[:3]), tuple([(name.lower().encode(), value.encode("latin-1")) for name, value in headers]))
        )
        return bytes

    is_begun = False
    leaving: Iterable[bytes] = ()
    try:
        leaving = guard(environ, start)
        for part in leaving:
            if not is_begun:
                client.head(*heads[-1])  # a server sends it with the first part
            is_begun = True
            client.part(part, more=True)
    except RuntimeError as error:
        if str(error) != "after the effect":
            raise
    finally:
        getattr(leaving, "close", lambda: None)()
    if heads:
        if not is_begun:
            client.head(*heads[-1])
        client.part(b"", more=False)
