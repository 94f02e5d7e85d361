# SPDX-License-Identifier: Apache-2.0
"""`POST /v1/browser`: what pages say about themselves, from anybody, so within narrow bounds.

A page sends OTLP/JSON log records, as `application/json` or, with `sendBeacon` across origins, as `text/plain`.
It is answered when its events are in the store. Too much from one address or journey is answered 429.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address

from starlette.types import Receive, Scope, Send

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.errors import StoreError
from seeother.message import Field, Fields, Origin, Request, believed, first, media_type, read_origin
from seeother.watch.warehouse import Encoding, Outcome, Signal

from .allowance import Allowance
from .answer import failure, success
from .coding import CODINGS, BrokenContentError
from .content import DisconnectedError, SlowError, TooLargeError, read_content
from .hold import FullError, Hold
from .page_events import UnreadableError, read_page_events
from .refusal import RefusalError

BROWSER_PATH = "/v1/browser"
CONTENT_LIMIT = 64 << 10  # bytes after decompression; browsers hold back more than that themselves
_HELD_LIMIT = 8 << 20  # bytes under way: whatever pages do, servers keep their own room
_MEDIA = (b"application/json", b"text/plain")
_ADDRESS_RATE, _ADDRESS_BURST = 20.0, 200  # requests a second: an office behind one address
_JOURNEY_RATE, _JOURNEY_BURST = 1.0, 30  # requests a second: one person

Submit = Callable[[Signal, Encoding, bytes], Future[Outcome]]


class BrowserReceiver:
    """Takes in what pages say; `submit` hands it to the writer."""

    def __init__(
        self,
        submit: Submit,
        *,
        origins: Iterable[Origin] = (),
        trusted_proxies: Sequence[IPv4Network | IPv6Network] = (),
        clock: Clock = SYSTEM_CLOCK,
        is_ours: Callable[[bytes], bool] = lambda _: True,
    ) -> None:
        """Take from pages of `origins`, and of the host that was asked if `is_ours` says that it may be believed.

        Addresses are those before `trusted_proxies`.
        """
        self._submit = submit
        self._origins = frozenset(origins)
        self._trusted = tuple(trusted_proxies)
        self._clock = clock
        self._is_ours = is_ours
        self._hold = Hold(_HELD_LIMIT, clock)
        self._addresses = Allowance(_ADDRESS_RATE, _ADDRESS_BURST, clock)
        self._journeys = Allowance(_JOURNEY_RATE, _JOURNEY_BURST, clock)
        self.answers: Counter[int] = Counter()
        self.rejected = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = _request(scope)
        shared: list[Field] = [(b"vary", b"origin")]
        try:
            shared += self._admitted(request)
            if request.method == "OPTIONS":
                status, content = 204, b""
                shared += _PREFLIGHT
            else:
                status, content = 200, await self._take(request, receive)
        except RefusalError as refusal:
            status, content = refusal.status, failure(refusal.status, refusal.reason, Encoding.JSON)
            shared += refusal.fields
        except DisconnectedError:
            return
        self.answers[status] += 1
        head = [*shared]
        if status != _NO_CONTENT:
            head += [(b"content-type", Encoding.JSON.encode()), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": content})

    def _admitted(self, request: Request) -> list[Field]:
        """Refuse other methods, pages and crowds; the fields that let an admitted page read the answer."""
        if request.method not in ("POST", "OPTIONS"):
            raise RefusalError(405, "pages send by POST", (b"allow", b"POST, OPTIONS"))
        given = first(request.fields, b"origin") or b""
        origin = read_origin(given)
        # The site's own pages need no listing where its server passes the path on with the host that was asked for.
        own = read_origin(b"//".join([f"{origin.scheme}:".encode(), request.authority])) if origin else None
        if origin is None or (origin not in self._origins and (origin != own or not self._is_ours(request.authority))):
            raise RefusalError(403, "pages of this origin are not expected; add it to [watch] origins", _CLOSE)
        told = believed(request, self._trusted)
        self._limit(self._addresses, _neighbourhood((told.client if told else None) or request.client or ""))
        return [(b"access-control-allow-origin", given.strip())]

    async def _take(self, request: Request, receive: Receive) -> bytes:
        """Read, check and store; the content of the answer."""
        with self._hold.share() as share:
            try:
                coding = _coding(request.fields)
                if self._hold.is_busy:
                    raise FullError  # noqa: TRY301 - answered as when it turns out further down
                content = await read_content(receive, share, coding=coding, limit_bytes=CONTENT_LIMIT)
                agent = (first(request.fields, b"user-agent") or b"").decode("latin-1")
                events = read_page_events(content, agent, self._clock.time_ns())
                for journey in events.journeys:
                    self._limit(self._journeys, journey)
                share.wait()
                await asyncio.wrap_future(self._submit(Signal.LOGS, Encoding.PROTOBUF, events.content))
            except TooLargeError:
                raise RefusalError(413, f"the content may have {CONTENT_LIMIT} bytes, decompressed", _CLOSE) from None
            except (BrokenContentError, UnreadableError) as error:
                raise RefusalError(400, str(error)) from error
            except SlowError:
                raise RefusalError(408, "the content did not come in time", _CLOSE) from None
            except FullError:
                raise RefusalError(503, "more is under way than can be held", _LATER, _CLOSE) from None
            except StoreError as error:
                raise RefusalError(503, f"not stored: {error}", _LATER) from error
        self.rejected += events.rejected
        return success(Signal.LOGS, Encoding.JSON, events.rejected, _LEFT_OUT)

    @staticmethod
    def _limit(allowance: Allowance, who: str) -> None:
        if seconds := allowance.wait(who):
            raise RefusalError(429, "too much at once", (b"retry-after", str(seconds).encode()), _CLOSE)


_NO_CONTENT = 204
_LEFT_OUT = "events that are unknown, too old or too many"
_CLOSE = (b"connection", b"close")
_LATER = (b"retry-after", b"5")
_PREFLIGHT = [
    (b"access-control-allow-methods", b"POST"),
    (b"access-control-allow-headers", b"content-type, content-encoding"),
    (b"access-control-max-age", b"86400"),
]


def _neighbourhood(client: str) -> str:
    """Whom an address speaks for: of IPv6 a customer is given a /64 at least, and may take each of its addresses."""
    try:
        address = ip_address(client)
    except ValueError:
        return client
    if isinstance(address, IPv4Address):
        return client
    return str(address.ipv4_mapped or address.packed[:8].hex())


def _request(scope: Scope) -> Request:
    fields: Fields = tuple(scope["headers"])
    client = scope["client"][0] if scope.get("client") else None
    return Request(scope["method"], scope["path"], b"", scope["scheme"], first(fields, b"host") or b"", fields, client)


def _coding(fields: Fields) -> str | None:
    media = media_type(fields)
    if media not in _MEDIA:
        raise RefusalError(415, "send application/json", (b"accept", b", ".join(_MEDIA)), _CLOSE)
    coding = (first(fields, b"content-encoding") or b"identity").strip().lower().decode("latin-1")
    if coding not in (*CODINGS, "identity"):
        understood = ", ".join(CODINGS)
        raise RefusalError(415, f"send it plain or as {understood}", (b"accept-encoding", understood.encode()), _CLOSE)
    return None if coding == "identity" else coding
