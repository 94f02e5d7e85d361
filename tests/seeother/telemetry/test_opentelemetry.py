# SPDX-License-Identifier: Apache-2.0
"""The span processor on real FastAPI telemetry: what it stamps, and what it tells the guard."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler
from opentelemetry.trace import SpanKind

from seeother.telemetry import ExchangeContext, begin, current, enter, leave, outgoing_fields
from seeother.telemetry.opentelemetry import stamp_spans

Scope = MutableMapping[str, Any]
Pipe = Callable[..., Awaitable[Any]]
ID = "0123456789abcdef" * 2
JOURNEY = {"journey.id": ID, "journey.name": "checkout", "journey.step": "submit_order"}
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Host:
    """A FastAPI application with telemetry, and an exchange begun around it as the guard does."""

    def __init__(self, sampler: Sampler = ALWAYS_ON, journey_id: str | None = ID) -> None:
        """Set everything up; nothing global is touched."""
        self.spans = InMemorySpanExporter()
        self.provider = TracerProvider(sampler=sampler, shutdown_on_exit=False)
        stamp_spans(self.provider)
        self.provider.add_span_processor(SimpleSpanProcessor(self.spans))
        self.app = FastAPI(telemetry={"tracer_provider": self.provider})
        self.journey_id = journey_id
        self.exchanges: list[ExchangeContext] = []

    async def __call__(self, scope: Scope, receive: Pipe, send: Pipe) -> None:
        """Begin an exchange, call the application, end the exchange."""
        context = begin(scope["headers"])
        if self.journey_id is not None:
            context.journey_id, context.journey_name, context.step = self.journey_id, "checkout", "submit_order"
        self.exchanges.append(context)
        token = enter(context)
        try:
            await self.app(scope, receive, send)
        finally:
            leave(token)

    async def get(self, path: str, **fields: str) -> httpx2.Response:
        """Ask the application."""
        transport = httpx2.ASGITransport(app=self)
        async with httpx2.AsyncClient(transport=transport, base_url="http://shop.test") as client:
            return await client.get(path, headers=fields)

    def finished(self) -> list[ReadableSpan]:
        """The spans that ended."""
        return list(self.spans.get_finished_spans())

    def server_spans(self) -> list[ReadableSpan]:
        """Those of them that are server spans."""
        return [span for span in self.finished() if span.kind is SpanKind.SERVER]


def ids(span: ReadableSpan) -> tuple[bytes, bytes]:
    """The span's ids as raw bytes."""
    context = span.get_span_context()
    assert context is not None
    return context.trace_id.to_bytes(16), context.span_id.to_bytes(8)


def journey_of(span: ReadableSpan) -> dict[str, Any]:
    """The attributes of the journey on a span."""
    return {key: value for key, value in (span.attributes or {}).items() if key.startswith("journey.")}


async def test_every_span_of_an_exchange_carries_the_journey() -> None:
    """The framework's own spans and those that the application starts."""
    host = Host()

    @host.app.get("/orders")
    async def orders() -> str:
        with host.provider.get_tracer("shop").start_as_current_span("reserve"):
            return "done"

    await host.get("/orders")

    spans = host.finished()
    assert {"GET /orders", "reserve"} <= {span.name for span in spans}
    assert [journey_of(span) for span in spans] == [JOURNEY] * len(spans)


async def test_the_exchange_learns_the_host_s_server_span() -> None:
    """Trace and span id, so that the guard records an event with them; what goes out hangs below that span."""
    host = Host()
    out: list[bytes] = []

    @host.app.get("/orders")
    async def orders() -> str:
        out.append(outgoing_fields()[0][1])
        return "done"

    await host.get("/orders", traceparent=f"00-{TRACE}-{SPAN}-01")

    (server,) = host.server_spans()
    (context,) = host.exchanges
    assert (context.host_trace_id, context.host_span_id) == ids(server)
    assert ids(server)[0].hex() == TRACE == context.trace_id.hex()
    assert server.parent is not None
    assert f"{server.parent.span_id:016x}" == SPAN
    assert out[0].decode().startswith(f"00-{TRACE}-{ids(server)[1].hex()}-")


async def test_each_exchange_has_its_own() -> None:
    """Nothing is carried from one exchange to the next."""
    host = Host()

    @host.app.get("/orders")
    async def orders() -> str:
        return "done"

    await host.get("/orders")
    await host.get("/orders")

    noted = [(context.host_trace_id, context.host_span_id) for context in host.exchanges]
    assert noted == [ids(span) for span in host.server_spans()]
    assert [context.flags for context in host.exchanges] == [3, 3]  # sampled, and the trace id is random
    assert len(set(noted)) == 2


async def test_a_span_that_is_not_sampled_is_not_there() -> None:
    """Head sampling must lose no step: the guard then records a span of its own."""
    host = Host(sampler=ALWAYS_OFF)

    @host.app.get("/orders")
    async def orders() -> str:
        return "done"

    await host.get("/orders")

    (context,) = host.exchanges
    assert (host.finished(), context.host_trace_id, context.host_span_id) == ([], None, None)


async def test_without_a_journey_the_span_is_noted_but_not_stamped() -> None:
    """A finding outside a journey still points to the host's span."""
    host = Host(journey_id=None)

    @host.app.get("/orders")
    async def orders() -> str:
        return "done"

    await host.get("/orders")

    (server,) = host.server_spans()
    assert journey_of(server) == {}
    assert (host.exchanges[0].host_trace_id, host.exchanges[0].host_span_id) == ids(server)


async def test_a_second_server_span_changes_nothing() -> None:
    """A service called in the same process, with or without a remote parent, is not where the request came in."""
    host = Host()

    @host.app.get("/orders")
    async def orders() -> str:
        tracer = host.provider.get_tracer("inventory")
        tracer.start_span("local", kind=SpanKind.SERVER).end()
        tracer.start_span("detached", context=Context(), kind=SpanKind.SERVER).end()
        return "done"

    await host.get("/orders")

    entry = [span for span in host.server_spans() if span.name == "GET /orders"]
    assert [(host.exchanges[0].host_trace_id, host.exchanges[0].host_span_id)] == [ids(span) for span in entry]


@pytest.mark.parametrize("case", ["internal", "local parent", "recorded"])
def test_other_spans_are_not_taken_for_the_entry(case: str) -> None:
    """Only a server span without a parent in this process, and only until the row is recorded."""
    host = Host()
    tracer = host.provider.get_tracer("shop")
    with tracer.start_as_current_span("before"):
        context = begin(())
        context.journey_id = ID
        context.recorded = case == "recorded"
        token = enter(context)
        kind = SpanKind.INTERNAL if case == "internal" else SpanKind.SERVER
        outside = None if case == "local parent" else Context()
        tracer.start_span("span", context=outside, kind=kind).end()
        leave(token)

    (made,) = [span for span in host.finished() if span.name == "span"]
    assert journey_of(made) == {"journey.id": ID}
    assert context.host_span_id is None


def test_spans_outside_an_exchange_are_left_alone() -> None:
    """Background work of the host is not ours."""
    host = Host()

    host.provider.get_tracer("shop").start_span("cron", kind=SpanKind.SERVER).end()

    assert current() is None
    assert [journey_of(span) for span in host.finished()] == [{}]
