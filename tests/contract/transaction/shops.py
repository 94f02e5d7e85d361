# SPDX-License-Identifier: Apache-2.0
"""A guarded shop for each library; what its handler does, a wish says that comes with the request."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from http.client import responses
from io import BytesIO
from typing import Any
from wsgiref.types import StartResponse
from wsgiref.util import setup_testing_defaults

import httpx2
import psycopg
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from seeother import asgi, wsgi
from seeother.ledger import once
from seeother.settings import Settings, read_settings
from tests.contract.transaction.libraries import AWAITING, BLOCKING, Awaiting, Blocking

LONG = b"x" * (1 << 20)
Around = Callable[[], Awaitable[None]]


class RefusedError(Exception):
    """What a handler raises on wish."""


@dataclass
class Wish:
    """What the handler is to do.

    `how` is "" or: inside (raise in the block), caught (and catch it outside), after (raise behind the block), commit,
    rollback, long (an answer that is not kept), twice (two blocks), without (no block), charge (a call and a message),
    wait (in the block, for whatever the shop waits for), cut and a PostgreSQL's URL (end all its connections), lost and
    such a URL (the same in the block, and raise there).
    """

    note: str = "tea"
    status: int = 303
    how: str = ""
    fields: list[tuple[str, str]] = field(
        default_factory=lambda: [("location", "/orders/tea"), ("set-cookie", "a=1"), ("set-cookie", "b=2")]
    )
    content: str = "caf\u00e9\0"


def settings(**route: object) -> Settings:
    """A shop whose database is the ledger; the one of the settings is not even opened."""
    declared = {"match": "POST /orders", "idempotency": "required", "transactional": True, "principal": "shared",
                "dialogue": [422], **route}  # fmt: skip
    return read_settings({"ledger": {"url": "sqlite:////nowhere/at/all.db"}, "route": [declared]}, {})


def _fail(wish: Wish, *hows: str) -> None:
    how, _, url = wish.how.partition(" ")
    if (how, hows[0]) in {("cut", "after"), ("lost", "inside")}:
        with psycopg.connect(url, autocommit=True) as server:
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                           "WHERE datname = current_database() AND pid <> pg_backend_pid()")  # fmt: skip
    if how in hows:
        raise RefusedError


def _answer(wish: Wish) -> Response:
    if wish.how == "long":
        return StreamingResponse(iter([LONG, LONG]), wish.status)
    answer = Response(wish.content.encode(), wish.status)
    answer.raw_headers = [(name.encode(), value.encode()) for name, value in wish.fields] + answer.raw_headers
    return answer


async def _awaited(library: Awaiting, source: Any, wish: Wish, around: Around) -> None:  # noqa: ANN401 - any library's
    if wish.how == "without":
        return
    try:
        async with once(source) as action:
            await library.insert(action.session, wish.note)
            if wish.how == "wait":
                await around()
            _fail(wish, "inside", "caught", "lost")
            if wish.how == "charge":
                await action.later("charge", {"key": action.key_for("charge")})
                await action.later("mail", [wish.note])
            if wish.how in {"commit", "rollback"}:
                end = action.session.execute if not hasattr(action.session, wish.how) else None
                await (getattr(action.session, wish.how)() if end is None else end(wish.how))
    except RefusedError:
        if wish.how != "caught":
            raise
    _fail(wish, "after")
    if wish.how == "twice":
        async with once(source):
            pass


def awaiting(library: Awaiting, *, owned: bool, around: Around) -> Any:  # noqa: ANN401 - an ASGI application
    """An ASGI application; with `owned` its sessions are closed long before the answer leaves."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        wish = Wish(**await Request(scope, receive).json())
        async with AsyncExitStack() as stack:
            if owned:
                async with library.session():
                    await _awaited(library, library.maker, wish, around)
            else:
                await _awaited(library, await stack.enter_async_context(library.session()), wish, around)
            await _answer(wish)(scope, receive, send)

    return app


def _blocked(library: Blocking, source: Any, wish: Wish) -> None:  # noqa: ANN401 - each library has its own
    if wish.how == "without":
        return
    try:
        with once(source) as action:
            library.insert(action.session, wish.note)
            _fail(wish, "inside", "caught", "lost")
            if wish.how == "charge":
                action.later("charge", {"key": action.key_for("charge")})
                action.later("mail", [wish.note])
            if wish.how in {"commit", "rollback"}:
                getattr(action.session, wish.how)()
    except RefusedError:
        if wish.how != "caught":
            raise
    _fail(wish, "after")
    if wish.how == "twice":
        with once(source):
            pass


class _Held:
    """Content whose server closes what was opened for it, as WSGI frameworks have it."""

    def __init__(self, parts: Iterable[bytes], stack: ExitStack) -> None:
        self._parts = iter(parts)
        self._stack = stack

    def __iter__(self) -> Iterator[bytes]:
        return self._parts

    def close(self) -> None:
        """Close the session."""
        self._stack.close()


def blocking(library: Blocking, *, owned: bool) -> Any:  # noqa: ANN401 - what WSGI calls an application
    """A WSGI application; with `owned` its sessions are closed before the answer leaves."""

    def app(environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        wish = Wish(**json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))))
        with ExitStack() as stack:
            if owned:
                _blocked(library, library.maker, wish)
            else:
                _blocked(library, stack.enter_context(library.session()), wish)
            held = stack.pop_all()
        start(f"{wish.status} {responses[wish.status]}", list(wish.fields))
        return _Held([LONG, LONG] if wish.how == "long" else [wish.content.encode()], held)

    return app


@dataclass(frozen=True)
class Answer:
    """What a client got."""

    status: int
    fields: list[tuple[str, str]]
    content: bytes

    @property
    def is_replayed(self) -> bool:
        """Whether it says so."""
        return ("idempotency-replayed", "true") in self.fields

    @property
    def own(self) -> "Answer":
        """Without what a replay adds."""
        kept = [each for each in self.fields if each[0] != "idempotency-replayed"]
        return Answer(self.status, kept, self.content)


class Shop:
    """One process's guard around a library's shop; `again` opens the same shop as another process would."""

    def __init__(self, name: str, url: str, *, owned: bool = False, raising: bool = False, **route: object) -> None:
        self.name, self.url, self.owned = name, url, owned
        self._raising = raising
        self._route = route
        self.around: Callable[[], Awaitable[None]] | None = None
        self._library: Awaiting | Blocking = AWAITING[name][1](url) if name in AWAITING else BLOCKING[name][1](url)
        transport: httpx2.AsyncBaseTransport
        declared = settings(**route)
        if isinstance(self._library, Awaiting):
            app = awaiting(self._library, owned=owned, around=self._around)
            transport = httpx2.ASGITransport(asgi.Guard(app, declared), raise_app_exceptions=raising)
            self._client = httpx2.AsyncClient(transport=transport, base_url="http://shop.test")
        else:
            self._guard = wsgi.Guard(blocking(self._library, owned=owned), declared)

    async def _around(self) -> None:
        if self.around is not None:
            await self.around()

    async def post(self, wish: Wish | None = None, *, key: str | None = "k-1") -> Answer:
        """Send one order."""
        wish = wish or Wish()
        headers = {"accept": "application/json"} | ({} if key is None else {"idempotency-key": key})
        if isinstance(self._library, Blocking):
            return await asyncio.to_thread(self._called, json.dumps(vars(wish)).encode(), headers)
        response = await self._client.post("/orders", json=vars(wish), headers=headers)
        fields = [(name.decode().lower(), value.decode()) for name, value in response.headers.raw]
        return Answer(response.status_code, fields, response.content)

    def _called(self, content: bytes, headers: dict[str, str]) -> Answer:
        environ: dict[str, Any] = {"REQUEST_METHOD": "POST", "PATH_INFO": "/orders", "HTTP_HOST": "shop.test",
                                   "CONTENT_LENGTH": str(len(content)), "wsgi.input": BytesIO(content)}  # fmt: skip
        setup_testing_defaults(environ)
        environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
        heads: list[tuple[str, list[tuple[str, str]]]] = []
        parts: list[bytes] = []

        def start(line: str, fields: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
            heads.append((line, fields))
            return parts.append

        leaving = self._guard(environ, start)
        try:
            parts += leaving
        except Exception:
            if self._raising or not heads:
                raise
        finally:
            getattr(leaving, "close", lambda: None)()
        line, fields = heads[-1]
        return Answer(int(line[:3]), [(name.lower(), value) for name, value in fields], b"".join(parts))

    async def close(self) -> None:
        """Close the client and the library."""
        if isinstance(self._library, Awaiting):
            await self._client.aclose()
        closing = self._library.close()
        if closing is not None:
            await closing


@asynccontextmanager
async def shop(name: str, url: str, **more: Any) -> AsyncGenerator[Shop]:  # noqa: ANN401 - passed on
    """A shop, until the block ends."""
    opened = Shop(name, url, **more)
    try:
        yield opened
    finally:
        await opened.close()
