# SPDX-License-Identifier: Apache-2.0
"""What the guard adds to an exchange, in CPU time, beside what Starlette's own middlewares add to the same.

Claim: with all rules and repairs, the journey's cookie verified and renewed, and a row recorded, the guard adds to a
page at most 1/2.5 of what Starlette's OpenTelemetryMiddleware adds, to an action 1/1.5; with both encoding what they
recorded as OTLP, 1/3 and 1/2. The aim is 1/15 and 1/8, and it is missed: each time the script says by how much.

The application is called in process, so that no server's cost hides the difference, and time is that of the whole
process, so that what other threads do is in it. People are many and come at once: in each round new journeys take
turns at each stage, four pages and two actions each, and no two requests share a byte string. `mended` is the action
once more as Starlette redirects, without content: the guard adds the link and records a finding, and nothing is claimed
for that. A middleware with a `send` of its own is the floor; those for sessions and of class BaseHTTPMiddleware are
there to compare. Nothing is sent: what is encoded is compressed and thrown away.
"""

import asyncio
import gc
import gzip
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from secrets import token_hex
from typing import Any, NamedTuple
from unittest.mock import patch

import uvloop
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.middleware.opentelemetry import OpenTelemetryMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from seeother.asgi import Guard
from seeother.journey import Seal, mint
from seeother.settings import read_settings
from seeother.telemetry import Recorder, Row
from seeother.telemetry.collector import Collector, Delivery

ROUNDS = 15
JOURNEYS = 500  # a round
CLAIMS = {"page": 1 / 2.5, "action": 1 / 1.5}  # of what tracing adds
CLAIMS_ENCODED = {"page": 1 / 3, "action": 1 / 2}
AIM, AIM_ENCODED = 1 / 15, 1 / 8
LEVEL = 1  # of gzip, as the guard's exporter has it
SECRET = "a secret of this measurement"  # noqa: S105 - guards nothing
SETTINGS = {
    "site": {"secrets": [SECRET], "mode": "repair"},
    "telemetry": {"endpoint": "http://127.0.0.1:9"},
    "route": [{"match": "POST /orders", "kind": "action"}, {"match": "POST /orders/again", "kind": "action"}],
    "journey": {
        "checkout": {
            "step": [
                {"name": "cart", "on": ["GET /cart/{id}"]},
                {"name": "submit_order", "on": ["POST /orders", "POST /orders/again"]},
                {"name": "confirmation", "on": ["GET /orders/{id}"]},
            ]
        }
    },
}
ORDERS = count(10_000)
FIELDS = (
    (b"host", b"shop.example"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"),
    (b"accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"),
    (b"accept-language", b"en-GB,en;q=0.9"),
    (b"accept-encoding", b"gzip, deflate, br, zstd"),
    (b"referer", b"https://shop.example/cart/42"),
    (b"upgrade-insecure-requests", b"1"),
    (b"sec-fetch-site", b"same-origin"),
    (b"sec-fetch-mode", b"navigate"),
    (b"sec-fetch-dest", b"document"),
)  # fmt: skip
FORM = ((b"origin", b"https://shop.example"), (b"content-type", b"application/x-www-form-urlencoded"),
        (b"content-length", b"0"))  # fmt: skip
MARKUP = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Cart</title></head><body><h1>Cart</h1><ul>'
    + "".join([f'<li><a href="/products/tea-{number}">Tea {number}</a>, 100 g, 4.50 EUR</li>' for number in range(40)])
    + '</ul><form method="post" action="/orders"><input type="hidden" name="idempotency_key" value="k7">'
    + "<button>Order</button></form></body></html>"
)


class Stage(NamedTuple):
    """One request of a journey, and the figure that it counts for."""

    figure: str
    method: str
    path: str
    status: int


PAGE = Stage("page", "GET", "/cart/42", 200)
STAGES = (
    PAGE,
    PAGE,
    Stage("action", "POST", "/orders", 303),
    PAGE,
    Stage("mended", "POST", "/orders/again", 303),
    Stage("page", "GET", "/orders/1", 200),
)
FIGURES = ("page", "action", "mended")

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[..., Awaitable[None]]


@dataclass
class Variant:
    """An application under measurement; `settle` does at once what would be done later, inside the measured time."""

    app: Application
    settle: Callable[[], object] = bool
    taken: dict[str, list[float]] = field(default_factory=dict[str, list[float]])  # microseconds, by figure and round


class Untouched:
    """A middleware that looks at the status and leaves all as it is: the floor of any that sees the answer."""

    def __init__(self, app: Application) -> None:
        """Stand before the application."""
        self._app = app
        self.status = 0

    async def __call__(self, scope: Message, receive: Any, send: Send) -> None:  # noqa: ANN401 - passed on
        """Pass one exchange on."""

        async def seen(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
            await send(message)

        await self._app(scope, receive, seen)


class Idle(BaseHTTPMiddleware):
    """A middleware in Starlette's convenient way that does nothing."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Pass one exchange on."""
        return await call_next(request)


class Spans(SpanExporter):
    """Takes spans to the bytes of a body, or throws them away at once."""

    def __init__(self, *, encode: bool) -> None:
        """Encode, or do nothing."""
        self._encode = encode

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Take a batch."""
        if self._encode:
            gzip.compress(encode_spans(spans).SerializeToString(), LEVEL, mtime=0)
        return SpanExportResult.SUCCESS


async def page(_: Request) -> Response:
    """A page of the shop."""
    return HTMLResponse(MARKUP)


async def order(_: Request) -> Response:
    """An action that hands over to the next page, with a link for whoever does not follow."""
    target = f"/orders/{next(ORDERS)}"
    note = f'<!doctype html><title>Thank you</title><a href="{target}">Your order</a>'
    return HTMLResponse(note, status_code=303, headers={"location": target})


async def order_again(_: Request) -> Response:
    """An action that hands over without a word."""
    return RedirectResponse(f"/orders/{next(ORDERS)}", status_code=303)


def shop(*middleware: Middleware) -> Starlette:
    """The application."""
    routes = [
        Route("/cart/{id}", page, methods=["GET"]),
        Route("/orders", order, methods=["POST"]),
        Route("/orders/again", order_again, methods=["POST"]),
        Route("/orders/{id}", page, methods=["GET"]),
    ]
    return Starlette(routes=routes, middleware=middleware)


def traced(*, encode: bool) -> Variant:
    """The application with Starlette's tracing."""
    provider = TracerProvider(shutdown_on_exit=False)
    processor = BatchSpanProcessor(Spans(encode=encode), max_queue_size=4 * JOURNEYS, schedule_delay_millis=60_000)
    provider.add_span_processor(processor)
    return Variant(shop(Middleware(OpenTelemetryMiddleware, tracer_provider=provider)), processor.force_flush)


def guarded(*, encode: bool) -> Variant:
    """The application with the guard; it must record one row for each exchange."""
    guard = Guard(shop(), read_settings(SETTINGS, {}))
    # Nobody but a measurement has to wait for the rows.
    gate = guard._gate  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - as above
    recorder = gate.shared.recorder
    exporter = gate._exporter  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - as above
    if recorder is None or exporter is None:
        raise RuntimeError("the guard records nothing: this measures nothing")
    if encode:
        return Variant(guard, lambda: exporter.flush(60))
    recorder.wake, recorder.asleep = None, False  # no thread comes for the rows
    return Variant(guard, lambda: drained(recorder))


def drained(recorder: Recorder) -> None:
    """Throw the rows of one stage away."""
    rows = recorder.drain(3 * JOURNEYS)
    exchanges = [row for row in rows if isinstance(row, Row)]
    if len(exchanges) != JOURNEYS or (len(rows) > JOURNEYS and exchanges[0].route != "/orders/again"):
        raise RuntimeError(f"{len(rows)} rows for {JOURNEYS} exchanges: this measures something else")


def requests(cookies: list[bytes], stage: Stage) -> list[bytes]:
    """The field lines of one request for each journey, in any order."""
    lines: list[bytes] = []
    for cookie in random.sample(cookies, len(cookies)):
        fields = [*FIELDS, *(FORM if stage.method == "POST" else ()),
                  (b"cookie", b"theme=dark; _ga=GA1.2.1830154839.1730000000; __Host-journey=%b" % cookie),
                  (b"traceparent", b"00-%b-%b-01" % (token_hex(16).encode(), token_hex(8).encode()))]  # fmt: skip
        lines.append(b"\n".join([part for line in fields for part in line]))
    return lines


async def serve(app: Application, stage: Stage, requests: list[bytes]) -> None:
    """Have all of them answered; like a server, make the strings of each just before."""
    _, method, path, status = stage

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] != status:
            raise RuntimeError(message)

    for request in requests:
        parts = request.split(b"\n")
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": method,
            "scheme": "https", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
            "headers": list(zip(parts[::2], parts[1::2], strict=True)), "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 443), "state": {},
        }  # fmt: skip
        await app(scope, receive, send)


def measure(loop: asyncio.AbstractEventLoop, variant: Variant, cookies: list[bytes]) -> dict[str, float]:
    """Microseconds of CPU an exchange, by figure, for one round."""
    taken: dict[str, list[float]] = {}
    for stage in STAGES:
        lines = requests(cookies, stage)
        gc.collect()
        gc.freeze()  # the requests made in advance are not the variant's to sweep
        began = time.process_time()
        loop.run_until_complete(serve(variant.app, stage, lines))
        variant.settle()
        taken.setdefault(stage.figure, []).append((time.process_time() - began) / JOURNEYS * 1e6)
        gc.unfreeze()
    return {figure: statistics.mean(values) for figure, values in taken.items()}


def added(variants: dict[str, Variant], name: str, figure: str) -> list[float]:
    """Microseconds that a variant adds to the bare application, by round."""
    rounds = zip(variants[name].taken[figure], variants["bare"].taken[figure], strict=True)
    return [own - bare for own, bare in rounds]


def report(variants: dict[str, Variant]) -> None:
    """Print what was measured; what is added is the median over rounds, each beside the bare one of its round."""
    print(f"{'us CPU an exchange':24}" + "".join([f" {figure:>8} {'added':>7} {'iqr':>5}" for figure in FIGURES]))
    for name, variant in variants.items():
        line = f"{name:24}"
        for figure in FIGURES:
            values = added(variants, name, figure)
            quarters = statistics.quantiles(values, n=4)
            line += f" {statistics.median(variant.taken[figure]):8.1f} {statistics.median(values):7.2f}"
            line += f" {quarters[2] - quarters[0]:5.1f}"
        print(line)


def holds(variants: dict[str, Variant], ours: str, theirs: str, claims: dict[str, float], aim: float) -> bool:
    """Print claims beside what was measured, for pages and actions; whether they hold for both."""
    held = True
    for figure in FIGURES:
        pairs = zip(added(variants, ours, figure), added(variants, theirs, figure), strict=True)
        ratio = statistics.median([own / other for own, other in pairs])
        print(f"{figure}: {ours} adds 1/{1 / ratio:.1f} of what {theirs} adds; ", end="")
        claim = claims.get(figure)
        if claim is None:
            print("nothing is claimed")
            continue
        verdict = "holds" if ratio <= claim else "FAILS"
        aimed = "reached" if ratio <= aim else f"missed, {ratio / aim:.1f} times that"
        print(f"claimed: at most 1/{1 / claim:.1f}: {verdict}; aim: 1/{1 / aim:.0f}: {aimed}")
        held &= ratio <= claim
    return held


def taken_at_once(_collector: Collector, _path: str, _body: bytes) -> Delivery:
    """Throw a body away, as if a collector had it."""
    return Delivery(accepted=True)


def main() -> int:
    """Measure, print, and answer 1 when a claim does not hold."""
    loop = uvloop.new_event_loop()
    seal = Seal((SECRET,))
    with patch.object(Collector, "post", taken_at_once):
        variants = {
            "bare": Variant(shop()),
            "send wrapped": Variant(shop(Middleware(Untouched))),
            "guard": guarded(encode=False),
            "guard, encoding": guarded(encode=True),
            "SessionMiddleware": Variant(shop(Middleware(SessionMiddleware, secret_key=SECRET))),
            "BaseHTTPMiddleware": Variant(shop(Middleware(Idle))),
            "OpenTelemetry": traced(encode=False),
            "OpenTelemetry, encoding": traced(encode=True),
        }
        for turn in range(ROUNDS + 1):
            cookies = [seal.to_cookie(mint()) for _ in range(JOURNEYS)]
            for name in random.sample(list(variants), len(variants)):
                taken = measure(loop, variants[name], cookies)
                if turn:  # the first is to get warm
                    for figure, value in taken.items():
                        variants[name].taken.setdefault(figure, []).append(value)
    report(variants)
    held = holds(variants, "guard", "OpenTelemetry", CLAIMS, AIM)
    held &= holds(variants, "guard, encoding", "OpenTelemetry, encoding", CLAIMS_ENCODED, AIM_ENCODED)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
