# SPDX-License-Identifier: Apache-2.0
"""Log lines say which journey and which trace they belong to, in standard logging and in structlog."""

import io
import json
import logging
import queue
from collections.abc import Iterator
from logging.handlers import QueueHandler, QueueListener

import pytest
import structlog

from seeother.telemetry import LOG_FORMAT, ExchangeContext, JourneyFilter, add_journey, begin, enter, leave

ID = "0123456789abcdef" * 2
NAMES = ["journey_id", "journey_name", "journey_step", "trace_id", "span_id"]


@pytest.fixture
def exchange() -> ExchangeContext:
    """An exchange of a journey."""
    context = begin(())
    context.journey_id, context.journey_name, context.step = ID, "checkout", "submit_order"
    return context


class Bench:
    """A logger of an application, and what its handler has written."""

    def __init__(self) -> None:
        """Write to memory in our format."""
        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(logging.Formatter(LOG_FORMAT))
        self.handler.addFilter(JourneyFilter())
        self.logger = logging.getLogger("tests.log_lines")

    @property
    def lines(self) -> list[str]:
        """The lines so far."""
        return self.stream.getvalue().splitlines()


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A logger that is given back as it was."""
    bench = Bench()
    bench.logger.propagate = False
    bench.logger.addHandler(bench.handler)
    yield bench
    bench.logger.removeHandler(bench.handler)
    bench.logger.propagate = True


def during(context: ExchangeContext | None, logger: logging.Logger, **extra: str) -> None:
    """Write a line while an exchange is under way."""
    token = enter(context)
    logger.warning("paid %s", "7", extra=extra)
    leave(token)


def test_a_line_names_its_journey(bench: Bench, exchange: ExchangeContext) -> None:
    """Also a line of a logger below, which has no filter of its own."""
    during(exchange, bench.logger.getChild("orders"))

    (line,) = bench.lines
    assert line.endswith(
        f"WARNING tests.log_lines.orders paid 7 [journey={ID} name=checkout step=submit_order "
        f"trace={exchange.trace_id.hex()} span={exchange.span_id.hex()}]"
    )


def test_a_line_outside_an_exchange_has_dashes(bench: Bench) -> None:
    """No line is lost or fails for want of a journey."""
    during(None, bench.logger)

    assert bench.lines[0].endswith("paid 7 [journey=- name=- step=- trace=- span=-]")


def test_an_exchange_outside_a_journey_has_its_trace(bench: Bench) -> None:
    """The trace is known before a journey has begun."""
    context = begin(())

    during(context, bench.logger)

    assert f"[journey=- name=- step=- trace={context.trace_id.hex()} span=" in bench.lines[0]


def test_the_host_s_span_is_named(bench: Bench, exchange: ExchangeContext) -> None:
    """It is the one that a trace viewer shows."""
    exchange.host_trace_id, exchange.host_span_id = b"\x01" * 16, b"\x02" * 8

    during(exchange, bench.logger)

    assert bench.lines[0].endswith(f"trace={'01' * 16} span={'02' * 8}]")


def test_a_line_s_own_words_stay(bench: Bench, exchange: ExchangeContext) -> None:
    """A worker that logs about another journey says so itself."""
    during(exchange, bench.logger, journey_id="another")

    assert "[journey=another name=checkout" in bench.lines[0]


def test_a_line_keeps_its_journey_through_a_queue(bench: Bench, exchange: ExchangeContext) -> None:
    """Filtered where it is logged, formatted in a thread that knows no exchange, filter there or not."""
    bench.logger.removeHandler(bench.handler)
    lines: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    putting = QueueHandler(lines)
    putting.addFilter(JourneyFilter())
    bench.logger.addHandler(putting)
    listener = QueueListener(lines, bench.handler)
    listener.start()

    during(exchange, bench.logger)
    listener.stop()
    bench.logger.removeHandler(putting)

    assert f"[journey={ID} name=checkout" in bench.lines[0]


@pytest.fixture
def structured() -> Iterator[io.StringIO]:
    """Structlog that writes JSON, set up as its documentation has it; given back as it was."""
    stream = io.StringIO()
    structlog.configure(
        processors=[add_journey, structlog.processors.add_log_level, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    yield stream
    structlog.reset_defaults()


def test_structlog_names_the_journey(structured: io.StringIO, exchange: ExchangeContext) -> None:
    """The same names as in standard logging."""
    token = enter(exchange)
    structlog.get_logger().info("paid", amount=7)
    leave(token)

    assert json.loads(structured.getvalue()) == {
        "event": "paid",
        "amount": 7,
        "level": "info",
        "journey_id": ID,
        "journey_name": "checkout",
        "journey_step": "submit_order",
        "trace_id": exchange.trace_id.hex(),
        "span_id": exchange.span_id.hex(),
    }


def test_structlog_says_nothing_of_what_there_is_not(structured: io.StringIO) -> None:
    """No keys without an exchange, only the trace's outside a journey, and bound keys stay."""
    structlog.get_logger().info("idle")
    token = enter(begin(()))
    structlog.get_logger().bind(trace_id="mine").info("browsing")
    leave(token)

    idle, browsing = [json.loads(line) for line in structured.getvalue().splitlines()]
    assert idle == {"event": "idle", "level": "info"}
    assert (sorted(browsing), browsing["trace_id"]) == (["event", "level", "span_id", "trace_id"], "mine")


def test_structlog_formats_standard_lines(bench: Bench, exchange: ExchangeContext) -> None:
    """ProcessorFormatter runs our processor on the lines of every other library."""
    bench.handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
            foreign_pre_chain=[add_journey],
        )
    )

    during(exchange, bench.logger)

    assert {name: json.loads(bench.lines[0])[name] for name in NAMES} == {
        "journey_id": ID,
        "journey_name": "checkout",
        "journey_step": "submit_order",
        "trace_id": exchange.trace_id.hex(),
        "span_id": exchange.span_id.hex(),
    }
