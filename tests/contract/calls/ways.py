# SPDX-License-Identifier: Apache-2.0
"""Each client library behind one face: a request out, its status and content back, or what the library raises."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextvars import copy_context
from io import BytesIO
from typing import NamedTuple, Protocol

import aiohttp
import httpx
import httpx2
import requests
import requests.adapters

from seeother.client import Caller
from seeother.client import aiohttp as by_aiohttp
from seeother.client import httpx as by_httpx
from seeother.client import httpx2 as by_httpx2
from seeother.client import requests as by_requests
from seeother.errors import CallRefused

INSTEAD = "what was known an hour ago"  # the content of a fallback


class Heard(NamedTuple):
    """An answer."""

    status: int
    content: bytes


class Way(Protocol):
    """One library with its transport."""

    @property
    def failing(self) -> type[Exception]:
        """What the library raises when it gets no answer."""
        ...

    @property
    def refused(self) -> type[CallRefused]:
        """What is raised where no call is made."""
        ...

    def ask(self, method: str, url: str, content: bytes = b"", **fields: str) -> Heard:
        """Make a request, and read the whole answer."""
        ...

    def leave(self, url: str) -> int:
        """Get the head of an answer, and close it without reading; its status."""
        ...

    def close(self) -> None:
        """Close the client."""
        ...


def named(fields: Mapping[str, str]) -> dict[str, str]:
    """Fields from Python's names."""
    return {name.replace("_", "-"): value for name, value in fields.items()}


class Httpx:
    """httpx, blocking."""

    failing, refused = httpx.TransportError, by_httpx.RefusedError

    def __init__(self, caller: Caller, *, name: str | None = None, falls_back: bool = False) -> None:
        """Open a client."""

        def instead(_request: httpx.Request, _error: Exception) -> httpx.Response:
            return httpx.Response(203, text=INSTEAD)

        self._client = httpx.Client(
            follow_redirects=True,
            trust_env=False,
            transport=by_httpx.BreakerTransport(
                httpx.HTTPTransport(), caller, name=name, fallback=instead if falls_back else None
            ),
        )

    def ask(self, method: str, url: str, content: bytes = b"", **fields: str) -> Heard:
        """Make a request, and read the whole answer."""
        answer = self._client.request(method, url, content=content, headers=named(fields))
        return Heard(answer.status_code, answer.content)

    def leave(self, url: str) -> int:
        """Get the head of an answer, and close it without reading."""
        with self._client.stream("GET", url) as answer:
            return answer.status_code

    def close(self) -> None:
        """Close the client."""
        self._client.close()


class Httpx2:
    """httpx2, blocking."""

    failing, refused = httpx2.TransportError, by_httpx2.RefusedError

    def __init__(self, caller: Caller, *, name: str | None = None, falls_back: bool = False) -> None:
        """Open a client."""

        def instead(_request: httpx2.Request, _error: Exception) -> httpx2.Response:
            return httpx2.Response(203, text=INSTEAD)

        self._client = httpx2.Client(
            follow_redirects=True,
            trust_env=False,
            transport=by_httpx2.BreakerTransport(
                httpx2.HTTPTransport(), caller, name=name, fallback=instead if falls_back else None
            ),
        )

    def ask(self, method: str, url: str, content: bytes = b"", **fields: str) -> Heard:
        """Make a request, and read the whole answer."""
        answer = self._client.request(method, url, content=content, headers=named(fields))
        return Heard(answer.status_code, answer.content)

    def leave(self, url: str) -> int:
        """Get the head of an answer, and close it without reading."""
        with self._client.stream("GET", url) as answer:
            return answer.status_code

    def close(self) -> None:
        """Close the client."""
        self._client.close()


class Requests:
    """requests."""

    failing, refused = requests.RequestException, by_requests.RefusedError

    def __init__(self, caller: Caller, *, name: str | None = None, falls_back: bool = False) -> None:
        """Open a session."""

        def instead(request: requests.PreparedRequest, _error: Exception) -> requests.Response:
            answer = requests.Response()
            answer.status_code = 203
            answer.request = request
            answer.url = request.url or ""
            answer.raw = BytesIO(INSTEAD.encode())
            return answer

        self._session = requests.Session()
        self._session.trust_env = False
        self._session.mount(
            "http://",
            by_requests.BreakerAdapter(
                requests.adapters.HTTPAdapter(), caller, name=name, fallback=instead if falls_back else None
            ),
        )

    def ask(self, method: str, url: str, content: bytes = b"", **fields: str) -> Heard:
        """Make a request, and read the whole answer."""
        answer = self._session.request(method, url, data=content, headers=named(fields), timeout=60)
        return Heard(answer.status_code, answer.content)

    def leave(self, url: str) -> int:
        """Get the head of an answer, and close it without reading."""
        with self._session.get(url, stream=True, timeout=60) as answer:
            return answer.status_code

    def close(self) -> None:
        """Close the session."""
        self._session.close()


class Awaited:
    """A library that is awaited, in a loop of its own."""

    def __init__(self) -> None:
        """Make the loop."""
        self._runner = asyncio.Runner()

    def ask(self, method: str, url: str, content: bytes = b"", **fields: str) -> Heard:
        """Make a request, and read the whole answer."""
        return self._runner.run(self.asked(method, url, content, **fields), context=copy_context())

    def cancelled(self, url: str, seconds: float) -> None:
        """Ask, and be cancelled after so many seconds; raises TimeoutError."""

        async def impatient() -> None:
            async with asyncio.timeout(seconds):
                await self.asked("GET", url)

        self._runner.run(impatient())

    def leave(self, url: str) -> int:
        """Get the head of an answer, and close it without reading."""
        return self._runner.run(self.left(url))

    def close(self) -> None:
        """Close the client and the loop."""
        self._runner.run(self.closed())
        self._runner.close()

    async def asked(self, method: str, url: str, content: bytes = b"", **fields: str) -> Heard:
        """Make a request, and read the whole answer."""
        raise NotImplementedError

    async def left(self, url: str) -> int:
        """Get the head of an answer, and close it without reading."""
        raise NotImplementedError

    async def closed(self) -> None:
        """Close the client."""
        raise NotImplementedError


class AsyncHttpx(Awaited):
    """httpx, awaited; its fallback is awaited too."""

    failing, refused = httpx.TransportError, by_httpx.RefusedError

    def __init__(self, caller: Caller, *, name: str | None = None, falls_back: bool = False) -> None:
        """Open a client."""
        super().__init__()

        async def instead(_request: httpx.Request, _error: Exception) -> httpx.Response:
            await asyncio.sleep(0)
            return httpx.Response(203, text=INSTEAD)

        self._client = httpx.AsyncClient(
            follow_redirects=True,
            trust_env=False,
            transport=by_httpx.AsyncBreakerTransport(
                httpx.AsyncHTTPTransport(), caller, name=name, fallback=instead if falls_back else None
            ),
        )

    async def asked(self, method: str, url: str, content: bytes = b"", **fields: str) -> Heard:
        """Make a request, and read the whole answer."""
        answer = await self._client.request(method, url, content=content, headers=named(fields))
        return Heard(answer.status_code, answer.content)

    async def left(self, url: str) -> int:
        """Get the head of an answer, and close it without reading."""
        async with self._client.stream("GET", url) as answer:
            return answer.status_code

    async def closed(self) -> None:
        """Close the client."""
        await self._client.aclose()


class AsyncHttpx2(Awaited):
    """httpx2, awaited; its fallback is a plain function."""

    failing, refused = httpx2.TransportError, by_httpx2.RefusedError

    def __init__(self, caller: Caller, *, name: str | None = None, falls_back: bool = False) -> None:
        """Open a client."""
        super().__init__()

        def instead(_request: httpx2.Request, _error: Exception) -> httpx2.Response:
            return httpx2.Response(203, text=INSTEAD)

        self._client = httpx2.AsyncClient(
            follow_redirects=True,
            trust_env=False,
            transport=by_httpx2.AsyncBreakerTransport(
                httpx2.AsyncHTTPTransport(), caller, name=name, fallback=instead if falls_back else None
            ),
        )

    async def asked(self, method: str, url: str, content: bytes = b"", **fields: str) -> Heard:
        """Make a request, and read the whole answer."""
        answer = await self._client.request(method, url, content=content, headers=named(fields))
        return Heard(answer.status_code, answer.content)

    async def left(self, url: str) -> int:
        """Get the head of an answer, and close it without reading."""
        async with self._client.stream("GET", url) as answer:
            return answer.status_code

    async def closed(self) -> None:
        """Close the client."""
        await self._client.aclose()


class Aiohttp(Awaited):
    """aiohttp; its fallback is the answer of another service, for only aiohttp makes its answers."""

    failing, refused = aiohttp.ClientError, by_aiohttp.RefusedError
    backup = ""  # the address of that service

    def __init__(self, caller: Caller, *, name: str | None = None, falls_back: bool = False) -> None:
        """Open a session."""
        super().__init__()

        def instead(_request: aiohttp.ClientRequest, _error: Exception) -> Awaitable[aiohttp.ClientResponse]:
            return self._session.get(self.backup, middlewares=())

        async def opened() -> aiohttp.ClientSession:
            middleware = by_aiohttp.BreakerMiddleware(caller, name=name, fallback=instead if falls_back else None)
            return aiohttp.ClientSession(middlewares=(middleware,))

        self._session = self._runner.run(opened())

    async def asked(self, method: str, url: str, content: bytes = b"", **fields: str) -> Heard:
        """Make a request, and read the whole answer."""
        async with self._session.request(method, url, data=content or None, headers=named(fields)) as answer:
            return Heard(answer.status, await answer.read())

    async def left(self, url: str) -> int:
        """Get the head of an answer, and close it without reading."""
        async with self._session.get(url) as answer:
            return answer.status

    async def closed(self) -> None:
        """Close the session."""
        await self._session.close()


Opening = Callable[..., Way]
WAYS: dict[str, Opening] = {
    "aiohttp": Aiohttp,
    "httpx": Httpx,
    "httpx-async": AsyncHttpx,
    "httpx2": Httpx2,
    "httpx2-async": AsyncHttpx2,
    "requests": Requests,
}
