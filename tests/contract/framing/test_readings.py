# SPDX-License-Identifier: Apache-2.0
"""Whatever bytes come, a server behind the proxy reads what the proxy has read: no more, no less, and nothing twice."""

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seeother.asgi import Application, Message, Receive, Scope, Send
from tests.contract.framing.premises import HERE, Target, asked_after, proxy, said
from tests.servers.http_servers import http_server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

_QUIET_SECONDS = 0.02  # leaving early is one more attack
_NAMES = st.sampled_from([
    b"Content-Length", b"content-length", b"Transfer-Encoding", b"transfer-encoding", b"Content_Length", b"X-Note",
    b"Content-Length ", b" Content-Length", b"Connection", b"Expect", b"Host", b"TE", b"Trailer", b"Upgrade",
])  # fmt: skip
_VALUES = st.sampled_from([
    b"0", b"5", b"05", b"+5", b"-5", b"5, 5", b"5,6", b"0x5", b"44", b"chunked", b"Chunked", b"chunked, chunked",
    b"gzip, chunked", b"identity", b"chunked;q=1", b"\tchunked", b"close", b"keep-alive, content-length",
    b"transfer-encoding", b"100-continue", b"shop", b"trailers", b"websocket", b"",
])  # fmt: skip
_ENDS = st.sampled_from([b"\r\n"] * 8 + [b"\n", b"\r\n ", b"\r\n\t", b"\r", b"\r\r\n", b"\0\r\n", b"\r\n\r\n"])
_PARTS = st.sampled_from([
    b"sku=1", b"0\r\n\r\n", b"5\r\nsku=1\r\n", b"5;a=b\r\nsku=1\r\n", b"05\r\nsku=1\r\n",
    b"0\r\nContent-Length: 5\r\n\r\n",
    b"GET /other HTTP/1.1\r\nHost: shop\r\n\r\n", b"POST /orders/2 HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\n\r\n",
    b"\r\n", b"\n", b"-1\r\n", b"0x5\r\nsku=1\r\n", b"ffffffffffffffff1\r\n",
])  # fmt: skip
_STARTS = st.sampled_from([
    b"POST /orders/1 HTTP/1.1", b"POST /plain HTTP/1.1", b"GET /plain HTTP/1.1", b"POST /plain HTTP/1.0",
    b"HEAD /plain?q HTTP/1.1", b"PUT http://shop/plain HTTP/1.1", b"OPTIONS * HTTP/1.1",
])  # fmt: skip


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Something like a request, and what may be its content or the next one."""
    lines = draw(st.lists(st.tuples(_NAMES, _VALUES, _ENDS), max_size=4))
    fields = b"".join([name + b": " + value + end for name, value, end in lines])
    return draw(_STARTS) + b"\r\nHost: shop\r\n" + fields + b"\r\n" + b"".join(draw(st.lists(_PARTS, max_size=4)))


class Noting:
    """Notes what the proxy reads, between its server and all else of it."""

    def __init__(self) -> None:
        self.read: list[list[bytes]] = []

    def __call__(self, app: Application) -> Application:
        """Stand around the proxy."""

        async def noted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            query = scope["query_string"]
            note = [scope["method"].encode(), scope["raw_path"] + (b"?" + query if query else b""), b""]
            self.read.append(note)

            async def heard() -> Message:
                message = await receive()
                note[2] += message.get("body", b"")
                return message

            await app(scope, heard, send)

        return noted


@pytest.fixture(scope="module", params=["uvicorn-httptools", "granian", "gunicorn", "gunicorn-asgi"])
def noted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Noting, Target]]:
    """The proxy before a server that reads with another reader."""
    folder = tmp_path_factory.mktemp("noted")
    app = "recorder:bare_wsgi" if request.param == "gunicorn" else "recorder:bare"
    seen = folder / "seen"
    with http_server(request.param, app, folder, apps=HERE, SEEN=str(seen)) as served:
        noting = Noting()
        with proxy(served.port, noting) as port:
            yield noting, Target(request.param, port, seen)


@settings(max_examples=200)
@given(sent=requests())
def test_a_server_reads_what_the_proxy_has_read(noted: tuple[Noting, Target], sent: bytes) -> None:
    """Each request that it sees is one that the proxy saw, to the last byte of its content."""
    noting, place = noted
    said(place.port, sent, answers=0, quiet=_QUIET_SECONDS)
    path, content = asked_after(place.port)
    assert content == b"answer to " + path.encode()

    read = Counter([(method.decode(), _path(target), body.decode("latin-1")) for method, target, body in noting.read])
    place.read = 0  # all of them: what a client has left may be seen late
    seen = Counter([(method, target, body) for method, target, body, cut in place.seen() if not cut])
    assert seen <= read, (seen - read, read)


def _path(target: bytes) -> str:
    """A target as servers behind get it (RFC 9112 section 3.2.2)."""
    return target.removeprefix(b"http://shop").decode("latin-1")
