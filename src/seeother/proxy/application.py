# SPDX-License-Identifier: Apache-2.0
"""The servers behind as one ASGI application, for the guard to stand around.

Rules of this file:
- What is safe may be asked twice, and ends when whoever asked has left. Anything else is asked once and goes on until
  it is answered, whoever listens: it may have been done. The answer to a declared action is read to its end.
- A server that was not reached has done nothing: 503, and come again (CallRefused). One that has the request and gives
  no answer may have done it (OutcomeUnknown). For what is safe both are plain errors of a gateway: 502 and 504.
"""

import logging
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import h11

from seeother.asgi import ClientGone, Receive, Scope, Send
from seeother.breaker import Breaker, BreakerPolicy, Outcome, Rejected
from seeother.client import Caller
from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.errors import CallRefused, OutcomeUnknown, PeerError
from seeother.gate import Door
from seeother.message import SAFE_METHODS, Field, Request, first
from seeother.settings import UpstreamSettings
from seeother.telemetry import outgoing_fields

from .conversation import converse
from .exchange import FAILING, Exchange, has_content
from .forwarding import one_hop_less, to_server
from .health import HEALTH_PATH, READY_PATH, is_ready
from .pool import Pool
from .trouble import DepartedError, TroubleError
from .upstream import Upstream, Upstreams, upstream_of

_MOST_PAUSE = 30.0  # seconds that a server is not asked, whatever it asks for
_NEVER_SLOW = 3600.0  # seconds: a slow shop is asked all the same, its deadlines are `read` and `total`

_LAST_HOP = {"OPTIONS": 200, "TRACE": 501}  # what is answered in the server's place
_EMPTY, _UNSTORED = (b"content-length", b"0"), (b"cache-control", b"no-store")

_log = logging.getLogger("seeother.proxy")


class _Behind(NamedTuple):
    """A server with what is kept for it."""

    pool: Pool
    breaker: Breaker


class Servers:
    """An ASGI application that passes each request to the server of its path, and the answer back.

    What it is shown has come in by `door`: an X-Forwarded-Prefix is there only if a trusted proxy has said it.
    """

    def __init__(
        self, upstreams: Sequence[UpstreamSettings], door: Door | None = None, *, clock: Clock = SYSTEM_CLOCK
    ) -> None:
        """Connect to none yet."""
        self._door = door or Door(())
        self._trusts_prefix = bool(self._door.trusted)
        self._clock = clock
        described = [(each.match, upstream_of(each)) for each in upstreams]
        caller = Caller(policies={each.name: _policy(each) for _, each in described}, clock=clock)
        now = clock.monotonic()
        self._behind = Upstreams(
            [(match, _Behind(Pool(each), caller.breaker(each.name, now))) for match, each in described]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on; raises CallRefused and OutcomeUnknown for what is not safe."""
        path = scope["path"]
        if scope["type"] == "websocket":
            await self._conversed(scope, receive, send)
            return
        if path in {HEALTH_PATH, READY_PATH}:
            pools = [] if path == HEALTH_PATH else [behind.pool for behind in self._behind]
            await _answer(send, 200 if await is_ready(pools) else 503)
            return
        behind = self._behind.find(path)
        if behind is None:
            await _answer(send, 404)
            return
        fields = one_hop_less(scope["method"], scope["headers"])
        if fields is None:
            await _answer(send, _LAST_HOP[scope["method"]])
            return
        pool, breaker = behind
        now = self._clock.monotonic()
        ticket = breaker.admit(now)
        if isinstance(ticket, Rejected):
            raise CallRefused(breaker.name, ticket.reason, ticket.retry_after)
        outcome = Outcome.CANCELLED
        exchange = Exchange(pool, scope, receive, send, self._fields(scope, fields, pool.upstream))
        try:
            outcome = await exchange.run()
        except TroubleError as trouble:
            outcome = trouble.outcome
            await _told(trouble, exchange, scope, send, upstream=pool.upstream)
        except h11.LocalProtocolError as error:  # what a client has sent cannot be written down in HTTP/1.1
            if exchange.begun:
                raise PeerError(f"{scope['method']} was answered, and then went on wrongly: {error}") from error
            await _answer(send, 400)
        finally:
            breaker.finish(ticket, now, self._clock.monotonic(), outcome)

    async def _conversed(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a WebSocket on; the guard leaves these to the application, so that who comes is asked here."""
        behind = self._behind.find(scope["path"])
        if behind is None:
            await send({"type": "websocket.close"})
            return
        client, given = scope.get("client"), tuple(scope["headers"])
        host = first(given, b"host") or b""
        scheme = "https" if scope.get("scheme") == "wss" else "http"
        request = Request("GET", scope["path"], b"", scheme, host, given, client[0] if client else None)
        seen = self._door.entered(request).request
        seen_by = (seen.client, 0) if seen.client else None
        scope = {**scope, "headers": list(seen.fields), "scheme": seen.scheme, "client": seen_by}
        fields = self._fields(scope, scope["headers"], behind.pool.upstream)
        await converse(behind.pool.upstream, scope, receive, send, fields)

    def close(self) -> None:
        """Close all connections that are free."""
        for behind in self._behind:
            behind.pool.close()

    def _fields(self, scope: Scope, given: Iterable[Field], upstream: Upstream) -> list[Field]:
        """The field lines as the server is to see them."""
        client, version = scope.get("client"), scope.get("http_version", "1.1")
        fields = to_server(
            given, client=client[0] if client else None, scheme=scope.get("scheme", "http"),
            version=version, told=outgoing_fields(), prefix=self._trusts_prefix,
        )  # fmt: skip
        if first(fields, b"host") is None:  # HTTP/1.0
            fields.append((b"host", upstream.authority))
        is_framed = first(fields, b"content-length") is not None
        if not is_framed and scope["type"] == "http" and has_content(scope):
            fields.append((b"transfer-encoding", b"chunked"))
        return fields


async def _told(trouble: TroubleError, exchange: Exchange, scope: Scope, send: Send, *, upstream: Upstream) -> None:
    """Tell whoever asked what became of it, by an answer or by an error that says how much is known."""
    is_safe = scope["method"] in SAFE_METHODS
    if isinstance(trouble, DepartedError):
        if not exchange.begun:
            raise ClientGone(str(trouble)) from trouble
    elif exchange.begun:
        raise trouble
    elif is_safe:
        _log.warning("%s is answered %s: %s", scope["method"], trouble.status, trouble)
        await _answer(send, trouble.status)
    elif trouble.is_reached:
        raise OutcomeUnknown(upstream.name, why=str(trouble)) from trouble
    else:
        raise CallRefused(upstream.name, "not reached", upstream.pause) from trouble


async def _answer(send: Send, status: int) -> None:
    """An answer without content, which no cache keeps; the guard makes more of an error."""
    await send({"type": "http.response.start", "status": status, "headers": [_EMPTY, _UNSTORED]})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _policy(upstream: Upstream) -> BreakerPolicy:
    return BreakerPolicy(
        timeout_seconds=None,
        concurrent=upstream.concurrent,
        slow_seconds=_NEVER_SLOW,
        open_seconds=upstream.pause,
        open_most_seconds=max(_MOST_PAUSE, upstream.pause),
        failing=FAILING,
    )
