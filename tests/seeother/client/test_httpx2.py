# SPDX-License-Identifier: Apache-2.0
"""The journey goes along to our own services over real sockets, and to nobody else."""

import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest

from seeother.client.httpx2 import propagate_to
from seeother.errors import CallerError
from seeother.telemetry import ExchangeContext, begin, enter, leave, read_baggage

ID = "0123456789abcdef" * 2


class Peer:
    """A server that keeps the fields it got and sends people on if it is told to."""

    def __init__(self) -> None:
        """Listen on a free port."""
        self.got: list[Mapping[str, str]] = []
        self.location: str | None = None
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                peer.got.append({name.lower(): value for name, value in self.headers.items()})
                self.send_response(200 if peer.location is None else 303)
                if peer.location is not None:
                    self.send_header("Location", peer.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def ours() -> Iterator[Peer]:
    """A service of ours."""
    peer = Peer()
    yield peer
    peer.close()


@pytest.fixture
def theirs() -> Iterator[Peer]:
    """A foreign company's service."""
    peer = Peer()
    yield peer
    peer.close()


@pytest.fixture
def exchange() -> Iterator[ExchangeContext]:
    """An exchange under way, on a journey."""
    context = begin(())
    context.journey_id, context.journey_name = ID, "checkout"
    token = enter(context)
    yield context
    leave(token)


def get(url: str, allowed: list[str], **fields: str) -> None:
    """Ask with a client that follows redirects."""
    hook = propagate_to(allowed)
    with httpx2.Client(event_hooks={"request": [hook]}, follow_redirects=True, trust_env=False) as client:
        client.get(url, headers=fields)


def journey_in(fields: Mapping[str, str]) -> str | None:
    """The id of the journey that a peer was told."""
    found = read_baggage(((b"baggage", fields.get("baggage", "").encode()),))
    return None if found is None else found.journey_id


def test_ours_are_told(ours: Peer, exchange: ExchangeContext) -> None:
    """Trace and journey arrive."""
    get(ours.origin + "/reservations", [ours.origin])

    (fields,) = ours.got
    assert journey_in(fields) == ID
    assert fields["traceparent"].split("-")[1:3] == [exchange.trace_id.hex(), exchange.span_id.hex()]


async def test_ours_are_told_by_an_async_client(ours: Peer, exchange: ExchangeContext) -> None:
    """One hook serves both clients."""
    hook = propagate_to([ours.origin])
    # Inside the fixture's exchange or not depends on who runs the loop, so it is entered here.
    token = enter(exchange)
    async with httpx2.AsyncClient(event_hooks={"request": [hook]}, trust_env=False) as client:
        await client.get(ours.origin + "/reservations")
    leave(token)

    assert [journey_in(fields) for fields in ours.got] == [ID]


@pytest.mark.usefixtures("exchange")
def test_strangers_learn_nothing(ours: Peer, theirs: Peer) -> None:
    """Another port is another origin, and so is another name of the same machine."""
    get(theirs.origin + "/sessions", [ours.origin])
    get(ours.origin + "/reservations", [ours.origin.replace("127.0.0.1", "localhost")])

    for fields in theirs.got + ours.got:
        assert ID not in str(fields)
        assert "traceparent" not in fields
        assert "baggage" not in fields


@pytest.mark.usefixtures("exchange")
def test_a_redirect_to_strangers_leaves_the_journey_behind(ours: Peer, theirs: Peer) -> None:
    """A client copies the fields of the first request to the second: ours are taken off again, others stay."""
    ours.location = theirs.origin + "/elsewhere"

    get(ours.origin + "/reservations", [ours.origin], baggage="team=shop")

    (told,), (untold,) = ours.got, theirs.got
    assert journey_in(told) == ID
    assert ID not in str(untold)
    assert "traceparent" not in untold
    assert untold["baggage"] == "team=shop"


@pytest.mark.usefixtures("exchange")
def test_what_a_tracing_client_wrote_stays(ours: Peer) -> None:
    """Its client span is the parent; its baggage keeps its members; stale members of ours are replaced."""
    theirs_span = f"00-{'a' * 32}-{'b' * 16}-01"

    get(
        ours.origin,
        [ours.origin],
        traceparent=theirs_span,
        baggage=f"team=shop;x=1, journey.id={'f' * 32},journey.step=x",
    )

    (fields,) = ours.got
    assert fields["traceparent"] == theirs_span
    assert fields["baggage"] == f"team=shop;x=1,journey.id={ID},journey.name=checkout"


def test_outside_an_exchange_nothing_is_added(ours: Peer) -> None:
    """A cron job has no journey."""
    get(ours.origin, [ours.origin])

    assert "baggage" not in ours.got[0]
    assert "traceparent" not in ours.got[0]


@pytest.mark.usefixtures("exchange")
@pytest.mark.parametrize(
    ("origin", "url", "told"),
    [
        ("https://stock.example", "https://stock.example/x", True),
        ("https://stock.example:443/", "https://STOCK.example/x", True),
        ("https://stock.example", "https://stock.example:8443/x", False),
        ("https://stock.example", "http://stock.example/x", False),
        ("https://stock.example", "https://stock.example.evil.test/x", False),
        ("http://[::1]:8306", "http://[::1]:8306/x", True),
    ],
)
def test_origins_are_compared_whole(origin: str, url: str, *, told: bool) -> None:
    """Scheme, host and port, the scheme's own port being the same as none."""
    request = httpx2.Request("GET", url)

    propagate_to([origin])(request)

    assert ("baggage" in request.headers) is told


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "127.0.0.1:8306",
        "stock.example",
        "http://stock.example/api",
        "http://u:p@a.test",
        "ftp://a.test",
        "http://a:b:c",
    ],
)
def test_what_is_no_origin_is_refused(origin: str) -> None:
    """A path or a bare name would be read in more than one way."""
    with pytest.raises(CallerError, match="write scheme://host"):
        propagate_to([origin])
