# SPDX-License-Identifier: Apache-2.0
"""A guarded application whose answers a test chooses by the query, and a client for it; by ASGI and by WSGI.

What a request asks for is the probe in `kind`: see `answer_to`. The application counts its runs.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, NamedTuple, Protocol
from wsgiref.types import StartResponse

from seeother.asgi import Guard as AsgiGuard
from seeother.asgi.drive import Message, Receive, Scope, Send
from seeother.gate.shared import Shared
from seeother.message import Fields, every
from seeother.settings import Settings, read_settings
from seeother.wsgi import Guard as WsgiGuard

KEY = '"0f4a3f0e-6f1b-4f0a-9d2e-7f6f5d3c2b1a"'
MACHINE = ((b"accept", b"application/json"), (b"content-type", b"application/json"), (b"authorization", b"Bearer a"))
CONTENT = b'{"sku":"a","qty":1}'
BIG = 1_500_000  # bytes, more than a ledger keeps
_HELD_SECONDS = 30.0  # until a test that forgot to let go fails


class Answer(NamedTuple):
    """What a client got; `failure` is what the application's error looked like to the server."""

    status: int
    fields: Fields
    content: bytes
    failure: BaseException | None = None

    def get(self, name: bytes) -> list[bytes]:
        """The values of a field."""
        return every(self.fields, name)

    @property
    def replayed(self) -> bool:
        """Whether it is marked as an earlier answer."""
        return bool(self.get(b"idempotency-replayed"))

    @property
    def problem(self) -> str:
        """The last word of the problem's type; empty where it is none."""
        _, _, after = self.content.partition(b"urn:seeother:problem:")
        return after.partition(b'"')[0].decode()


@dataclass
class World:
    """The application's side: how often it ran, by path; handlers of kind `wait` go on when it is let `go`."""

    runs: list[str] = field(default_factory=list[str])
    after: int = 0
    go: threading.Event = field(default_factory=threading.Event)
    started: threading.Event = field(default_factory=threading.Event)


class Reply(NamedTuple):
    """What the application answers."""

    status: int
    fields: Fields
    parts: tuple[bytes, ...]


JSON = (b"content-type", b"application/json")
REPLIES: Mapping[str, Reply] = {  # %d is the number of the run
    "303": Reply(303, ((b"location", b"/orders/%d"),), (b"",)),
    "204": Reply(204, (), (b"",)),
    "html": Reply(200, ((b"content-type", b"text/html"),), (b"<p>%d</p>",)),
    "charset": Reply(201, ((b"content-type", b"application/json; charset=utf-8"),), (b'{"run":%d}',)),
    "exact": Reply(
        201,
        (JSON, (b"location", b"/orders/%d"), (b"etag", b'"v1"'), (b"link", b"</a>; rel=a"), (b"link", b"</b>; rel=b"),
         (b"x-latin", b"\xe9")),
        (b'{"total": 1.10,  "run": %d}\n',),
    ),
    "cookie": Reply(201, (JSON, (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2; Path=/")), (b'{"run":%d}',)),
    "login": Reply(303, ((b"location", b"/"), (b"set-cookie", b"sessionid=after; Path=/")), (b"",)),
    "big": Reply(201, (JSON,), (b'{"run":%d,"pad":"', b"x" * BIG, b'"}')),
    "text": Reply(200, ((b"content-type", b"text/plain"),), (b"run %d ", b"part 1\n", b"part 2\n")),
    "parts": Reply(200, (JSON,), (b'{"run":', b"%d", b"}")),
    "ndjson": Reply(200, (JSON,), (b'{"run":%d,"row":0}\n', b'{"row":1}\n', b'{"row":2}\n')),
    **{status: Reply(int(status), (JSON,), (b'{"run":%d}',)) for status in ("402", "422", "500", "503")},
}  # fmt: skip


def answer_to(kind: str, run: int) -> Reply:
    """The answer to each kind of probe; `run` shows which run made it."""
    reply = REPLIES.get(kind, Reply(201, (JSON,), (b'{"run":%d}',)))
    text = b"%d" % run
    fields = tuple([(name, value.replace(b"%d", text)) for name, value in reply.fields])
    return Reply(reply.status, fields, tuple([part.replace(b"%d", text) for part in reply.parts]))


def _began(world: World, path: str, query: str) -> tuple[str, int]:
    """Count a run; the kind that is asked for, and which run of this path it is."""
    world.runs.append(path)
    world.started.set()
    kind = query.partition("kind=")[2].partition("&")[0]
    if kind == "raise":
        raise RuntimeError("the application's own")
    return kind, world.runs.count(path)


def _asgi(world: World) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        kind, run = _began(world, scope["path"], scope["query_string"].decode())
        while kind == "wait" and not world.go.is_set():  # noqa: ASYNC110 - an event that threads wait for, too
            await asyncio.sleep(0.005)
        status, fields, parts = answer_to(kind, run)
        await send({"type": "http.response.start", "status": status, "headers": list(fields)})
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        world.after += 1

    return app


def _wsgi(world: World) -> Callable[[dict[str, Any], StartResponse], Iterator[bytes]]:
    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterator[bytes]:
        environ["wsgi.input"].read()
        kind, run = _began(world, environ["PATH_INFO"], environ["QUERY_STRING"])
        if kind == "wait":
            world.go.wait(_HELD_SECONDS)
        status, fields, parts = answer_to(kind, run)
        start_response(f"{status} Said", [(name.decode(), value.decode("latin-1")) for name, value in fields])
        yield from parts
        world.after += 1

    return app


class Entrance(Protocol):
    """One way into a guarded application."""

    async def ask(self, path: str, fields: Fields, content: bytes) -> Answer:
        """Send a POST and read the whole answer."""
        ...

    async def close(self) -> None:
        """Close the guard."""
        ...

    @property
    def shared(self) -> Shared:
        """What all exchanges of the guard share."""
        ...


class AsgiEntrance:
    """By ASGI, on this loop."""

    def __init__(self, world: World, settings: Settings) -> None:
        """Put the guard before the application."""
        self._guard = AsgiGuard(_asgi(world), settings)

    async def ask(self, path: str, fields: Fields, content: bytes) -> Answer:
        """One call."""
        path, _, query = path.partition("?")
        if not every(fields, b"host"):
            fields = ((b"host", b"shop.test"), *fields)
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [*fields, (b"content-length", b"%d" % len(content))],
            "client": ("127.0.0.1", 5000), "server": ("shop.test", 80), "state": {},
        }  # fmt: skip
        sent: list[Message] = []
        unread = [content]

        async def receive() -> Message:
            if unread:
                return {"type": "http.request", "body": unread.pop(), "more_body": False}
            await asyncio.Event().wait()  # the client stays
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        failure = None
        try:
            await self._guard(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - the server would log it
            failure = error
        content = b"".join([message.get("body", b"") for message in sent[1:]])
        return Answer(sent[0]["status"], tuple(sent[0]["headers"]), content, failure)

    @property
    def shared(self) -> Shared:
        """What all exchanges of the guard share."""
        return self._guard._gate.shared  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - no setting has it

    async def close(self) -> None:
        """As a server's lifespan does."""
        await self._guard.aclose()


class WsgiEntrance:
    """By WSGI, each request in a thread as servers have it."""

    def __init__(self, world: World, settings: Settings) -> None:
        """Put the guard before the application."""
        self._guard = WsgiGuard(_wsgi(world), settings)

    async def ask(self, path: str, fields: Fields, content: bytes) -> Answer:
        """One call."""
        return await asyncio.get_running_loop().run_in_executor(None, self._asked, path, fields, content)

    def _asked(self, path: str, fields: Fields, content: bytes) -> Answer:
        path, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST", "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": query,
            "SERVER_NAME": "shop.test", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "shop.test", "CONTENT_LENGTH": str(len(content)), "wsgi.input": BytesIO(content),
            "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.multithread": True, "wsgi.multiprocess": False,
            "wsgi.run_once": False, **_variables(fields),
        }  # fmt: skip
        heads: list[tuple[int, Fields]] = []

        def start_response(line: str, headers: Iterable[tuple[str, str]], _exc_info: object = None, /) -> Any:  # noqa: ANN401
            pairs = tuple([(name.lower().encode(), value.encode("latin-1")) for name, value in headers])
            heads.append((int(line[:3]), pairs))
            return bytes

        parts, failure = list[bytes](), None
        try:
            content_of = self._guard(environ, start_response)
            parts.extend(content_of)
        except Exception as error:  # noqa: BLE001 - the server would log it
            failure = error
        return Answer(*heads[-1], b"".join(parts), failure)

    @property
    def shared(self) -> Shared:
        """What all exchanges of the guard share."""
        return self._guard._gate.shared  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - no setting has it

    async def close(self) -> None:
        """As its owner does."""
        await asyncio.to_thread(self._guard.close)


def _variables(fields: Fields) -> dict[str, str]:
    names = {name: name.decode().upper().replace("-", "_") for name, _ in fields}
    values = {names[name]: value.decode("latin-1") for name, value in fields}
    return {name if name == "CONTENT_TYPE" else f"HTTP_{name}": value for name, value in values.items()}


ENTRANCES: Mapping[str, Callable[[World, Settings], Entrance]] = {"asgi": AsgiEntrance, "wsgi": WsgiEntrance}


class Site:
    """A guarded application with routes `/probe` and `/other`, both as `route` says, and its client."""

    def __init__(
        self, entrance: Callable[[World, Settings], Entrance], ledger: str, route: Mapping[str, object]
    ) -> None:
        """Open it on this ledger."""
        declared = {"kind": "action", "idempotency": "required", **route}
        routes = [{"match": f"POST {path}", **declared} for path in ("/probe", "/other")]
        self.world = World()
        self.in_threads = entrance is WsgiEntrance
        self._entrance = entrance(self.world, read_settings({"ledger": {"url": ledger}, "route": routes}, {}))

    async def ask(
        self,
        kind: str = "",
        key: str | None = KEY,
        *,
        path: str = "/probe",
        content: bytes = CONTENT,
        fields: Fields = MACHINE,
    ) -> Answer:
        """One request; the key stands in its field."""
        keyed = () if key is None else ((b"idempotency-key", key.encode()),)
        return await self._entrance.ask(f"{path}?kind={kind}", (*fields, *keyed), content)

    def seats(self, *, per_key: int, most: int) -> None:
        """Hold no more duplicates than that."""
        desk = self._entrance.shared.desk
        desk.per_key, desk.most = per_key, most

    async def begun(self) -> None:
        """Return when a handler is running."""
        while not self.world.started.is_set():  # noqa: ASYNC110 - threads set it
            await asyncio.sleep(0.005)

    async def close(self) -> None:
        """Let everybody go, and close."""
        self.world.go.set()
        await self._entrance.close()
