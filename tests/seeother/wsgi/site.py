# SPDX-License-Identifier: Apache-2.0
"""A guarded WSGI application in this process, and a server for it that shows each call."""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

from seeother.settings import Settings, read_settings
from seeother.wsgi import Guard

SECRET = "correct horse battery staple"
JOURNEY: dict[str, object] = {
    "checkout": {
        "step": [
            {"name": "product", "on": ["GET /products/{slug}"], "optional": True},
            {"name": "submit_order", "on": ["POST /orders"]},
            {"name": "confirmation", "on": ["GET /orders/{id}"]},
        ]
    }
}
ORDERS: dict[str, object] = {
    "match": "POST /orders",
    "idempotency": "required",
    "principal": "shared",
    "in_flight": "wait",
}
KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
Headers = list[tuple[str, str]]


def settings(**sections: object) -> Settings:
    """Settings with a memory ledger and whatever `sections` say."""
    return read_settings({"site": {"secrets": [SECRET]}, "ledger": {"url": "memory://"}} | sections, {})


class Call:
    """One call of an application by a server, as far as the server has come."""

    def __init__(self, app: WSGIApplication, exchange: str = "GET /", content: bytes = b"", /, **more: object) -> None:
        """Call the application with this request; `more` is put into its environment."""
        method, _, path = exchange.partition(" ")
        self.heads: list[tuple[int, Headers]] = []
        self.line = ""
        self.written: list[bytes] = []
        self.environ: dict[str, Any] = {
            "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "",
            "SERVER_NAME": "shop.example", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "10.0.0.1", "HTTP_HOST": "shop.example", "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(content), "wsgi.multithread": True, "wsgi.multiprocess": False,
            "wsgi.run_once": False, **({"CONTENT_LENGTH": str(len(content))} if content else {}), **more,
        }  # fmt: skip
        self.parts = app(self.environ, self.start_response)
        self._iterator = iter(self.parts)

    def start_response(self, line: str, headers: Headers, _exc_info: object = None, /) -> Callable[[bytes], object]:
        """Take a head."""
        self.line = line
        self.heads.append((int(line[:3]), headers))
        return self.written.append

    @property
    def status(self) -> int:
        """The status of the only head."""
        ((status, _),) = self.heads
        return status

    @property
    def fields(self) -> dict[str, str]:
        """The fields of the last head, names in lower case."""
        return {name.lower(): value for name, value in self.heads[-1][1]}

    def next(self) -> bytes | None:
        """The next piece of content; None at its end."""
        return next(self._iterator, None)

    def rest(self) -> bytes:
        """The content from here to its end; the call is closed."""
        try:
            return b"".join(self._iterator)
        finally:
            self.close()

    def close(self) -> None:
        """Hang up, whether or not all of it was taken."""
        close = getattr(self.parts, "close", None)
        if close is not None:
            close()


class Content:
    """An application's iterable that shows what becomes of it."""

    def __init__(self, *pieces: bytes | Exception) -> None:
        """Give these pieces, and raise what is an exception."""
        self._pieces = iter(pieces)
        self.taken = 0
        self.closed = 0

    def __iter__(self) -> "Content":
        return self

    def __next__(self) -> bytes:
        piece = next(self._pieces)
        self.taken += 1
        if isinstance(piece, Exception):
            raise piece
        return piece

    def close(self) -> None:
        """Note it."""
        self.closed += 1


def answering(parts: Iterable[bytes], status: str = "200 OK", *headers: tuple[str, str]) -> WSGIApplication:
    """An application that answers this."""

    def app(_environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, list(headers))
        return parts

    return app


def guarded(app: WSGIApplication, **sections: object) -> Guard:
    """The application with the guard around it; where it would sleep, it fails."""

    def sleep(_seconds: float) -> None:
        raise AssertionError("nothing here should wait")

    return Guard(app, settings(**sections), sleep=sleep)
