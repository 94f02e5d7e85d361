# SPDX-License-Identifier: Apache-2.0
"""Journeys as tests write them down, how they get into a store, and what questions are told about them."""

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from seeother.journey import Journey, Step
from seeother.message import Pattern
from seeother.watch.questions import slots, windows
from seeother.watch.warehouse import Encoding, Rules, Signal, Store, recount
from seeother.watch.warehouse.chdb import ChdbEngine
from seeother.watch.warehouse.routes import SESSION, route_rows, write_routes
from tests.seeother.watch.otlp import BROWSER, SPAN_ID, TRACE_ID, Value, logs, record, span, traces

SECOND = 1_000_000  # microseconds
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE
T0 = 1_800_000_000 * SECOND  # a whole minute
STEPS = ("cart", "pay", "done")
GOAL = len(STEPS)
IDS = ("a" * 32, "b" * 32, "c" * 32)
PORTION = 1000  # exchanges in one request
DECLARED = 1500  # journeys that the store knows of
NAMES = (f"journey-{number}" for number in itertools.count())  # a fresh one an example: rows of others do not count


@dataclass(frozen=True, slots=True)
class Exchange:
    """One row of a journey; times in microseconds."""

    at: int
    journey_id: str
    step: str
    status: int
    failed: bool
    span_id: bytes = SPAN_ID
    method: str = "POST"
    route: str = "/somewhere"
    took: int = 2500
    user_agent: str = ""
    synthetic: str = ""

    @property
    def place(self) -> tuple[int, bytes]:
        """Where it stands in its journey; ids decide between equal times."""
        return self.at, self.span_id


@dataclass(frozen=True, slots=True)
class Seen:
    """What a browser said of one page view; times in microseconds."""

    at: int
    journey_id: str
    step: str
    dom_complete: int | None = None  # a navigation when given; 0 when never complete
    first_screens: tuple[int, ...] = ()  # of the same view, each correcting the one before
    error: bool = False
    view: bytes = TRACE_ID


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a question about journeys; times in microseconds."""

    since: int
    until: int
    now: int = T0 + 3600 * SECOND
    abandoned_after: int = 600 * SECOND
    timeout: int = 4 * 3600 * SECOND
    more: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def days_around(self) -> int:
        """Within so many days of the one on which it began a journey has its rows."""
        return -(-self.timeout // DAY)

    def of(self, journey: str, *names: str) -> dict[str, Any]:
        """The parameters called `names`, about one journey."""
        known = {name: getattr(self, name) for name in ("since", "until", "now", "abandoned_after", "timeout")}
        known |= {"goal": GOAL, "before_us": 4_000_000_000 * SECOND, "before_id": "", "count": 1000, **self.more}
        return {"journey": journey} | {name: known[name] for name in ("since", "until", *names)}

    def of_slots(self, journey: str) -> dict[str, Any]:
        """The parameters of questions that read counts."""
        return {"journey": journey, "slots": slots(self.since, self.until)}

    def of_ends(self, journey: str) -> dict[str, Any]:
        """The parameters of questions about how journeys ended."""
        return self.of_slots(journey) | {"goal": GOAL}

    def of_uptime(self, journey: str) -> dict[str, Any]:
        """The parameters of the question that looks at each minute."""
        return {"journey": journey, **windows(self.since, self.until)}

    def of_lost(self, journey: str, position: int) -> dict[str, Any]:
        """The parameters of the question that lists journeys."""
        listed = ("before_us", "before_id", "count")
        return self.of(journey, "goal", "now", "abandoned_after", "timeout", *listed) | {"position": position}


def declare(engine: ChdbEngine) -> None:
    """Let the store know the places of the steps of all journeys of tests."""
    names = ["checkout", "crowd", "one", "other", *(f"journey-{number}" for number in range(DECLARED))]
    steps = tuple(Step(step, (Pattern.parse(f"POST /{step}"),)) for step in STEPS)
    write_routes(engine, route_rows([Journey(name, steps) for name in names]), SESSION)


def put(store: Store, journey: str, exchanges: list[Exchange]) -> None:
    """Store the exchanges as a guard would send them."""
    spans = [
        span(
            {
                "journey.name": journey,
                "journey.id": row.journey_id,
                "journey.step": row.step,
                "journey.failed": row.failed,
                "http.request.method": row.method,
                "http.route": row.route,
                "http.response.status_code": row.status,
                "user_agent.original": row.user_agent,
                "user_agent.synthetic.type": row.synthetic,
            },
            at_ns=row.at * 1000,
            duration_ns=row.took * 1000,
            span_id=row.span_id,
        )
        for row in exchanges
    ]
    if spans:
        store.submit(Signal.TRACES, Encoding.PROTOBUF, traces(*spans).SerializeToString()).result(timeout=30)


def put_pages(store: Store, journey: str, pages: Sequence[Seen]) -> None:
    """Store what browsers said, as the browser SDK sends it."""
    told: list[tuple[int, bytes, str, dict[str, Value]]] = []
    for page in pages:
        about: dict[str, Value] = {"journey.name": journey, "journey.id": page.journey_id, "journey.step": page.step}
        if page.dom_complete is not None:
            timing = about | {"browser.navigation_timing.type": "navigate"}
            timing["browser.navigation_timing.dom_complete"] = page.dom_complete / 1000
            told.append((page.at, page.view, "browser.navigation_timing", timing))
        for before, value in itertools.pairwise((0, *page.first_screens)):
            vital = about | {"browser.web_vital.name": "lcp", "browser.web_vital.value": value / 1000}
            vital["browser.web_vital.delta"] = (value - before) / 1000
            told.append((page.at, page.view, "browser.web_vital", vital))
        if page.error:
            told.append((page.at, page.view, "exception", about | {"exception.type": "TypeError"}))
    if told:
        records = [record(about, event=event, at_ns=at * 1000, trace_id=view) for at, view, event, about in told]
        request = logs(*records, resource=BROWSER)
        store.submit(Signal.LOGS, Encoding.PROTOBUF, request.SerializeToString()).result(timeout=30)


def count_again(engine: ChdbEngine, journey: str, asked: Asked) -> None:
    """Count what came after, as of the moment of the question."""
    recount(engine, Rules({journey: asked.abandoned_after}, {journey: asked.timeout}), asked.now)


def tell(
    store: Store, engine: ChdbEngine, journey: str, asked: Asked, exchanges: list[Exchange], pages: Sequence[Seen] = ()
) -> None:
    """Store all of it in two portions, whatever its order in time, and count again after each."""
    earlier = replace(asked, now=asked.now - MINUTE)
    for at, rows, seen in (
        (earlier, exchanges[: len(exchanges) // 2], pages[: len(pages) // 2]),
        (asked, exchanges[len(exchanges) // 2 :], pages[len(pages) // 2 :]),
    ):
        for start in range(0, len(rows), PORTION):
            put(store, journey, rows[start : start + PORTION])
        put_pages(store, journey, seen)
        count_again(engine, journey, at)


# Moments on a grid of 20 seconds, so that limits of 60 are met exactly, missed by one step and shared by several rows.
moments = st.integers(0, 15).map(lambda tick: T0 + tick * 20 * SECOND)
exchanges_of_journeys = st.lists(
    st.builds(
        Exchange,
        at=moments,
        journey_id=st.sampled_from(IDS),
        step=st.sampled_from(("", *STEPS)),
        status=st.sampled_from((0, 200, 303, 422, 503)),
        failed=st.booleans(),
        span_id=st.integers(1, 9).map(lambda number: bytes([number]) * 8),
        method=st.sampled_from(("GET", "POST")),
        route=st.sampled_from(("/a", "/b")),
        took=st.sampled_from((0, 999_999, 1_000_000, 2_999_999, 3_000_000, 90_000_000)),
        synthetic=st.sampled_from(("", "", "", "bot")),
    ),
    min_size=1,
    max_size=25,
    unique_by=lambda row: (row.place, row.journey_id),
)
views_of_pages = st.lists(
    st.builds(
        Seen,
        at=moments,
        journey_id=st.sampled_from(IDS),
        step=st.sampled_from(STEPS),
        dom_complete=st.sampled_from((None, 0, 380_000, 8_000_000, 8_001_000)),
        first_screens=st.sampled_from(((), (120_000,), (120_000, 2_400_000))),
        error=st.booleans(),
        view=st.integers(1, 99).map(lambda number: bytes([number]) * 16),
    ),
    max_size=12,
    unique_by=lambda page: page.view,
)


def asked_in(period: tuple[int, int], later: int, idle: int, open_for: int) -> Asked:
    """A question about whole minutes, asked `later`; a journey is never abandoned after it has timed out."""
    since, until = min(period) // MINUTE * MINUTE, (max(period) // MINUTE + 1) * MINUTE
    return Asked(since, until, until + later, idle, idle + open_for)


ticks = st.integers(0, 10).map(lambda tick: tick * 20 * SECOND)
asked_about = st.builds(asked_in, st.tuples(moments, moments), ticks, ticks, ticks)


def crowd(seed: int, *, journeys: int) -> list[Exchange]:
    """A plausible crowd over two days: most buy, some fail and try again, some leave."""
    rng = random.Random(seed)  # noqa: S311 - a test
    found: list[Exchange] = []
    for _ in range(journeys):
        journey_id, at = rng.choice(IDS) if rng.random() < 0.01 else rng.randbytes(16).hex(), T0
        at += rng.randrange(48 * 3600) * SECOND
        for step in STEPS:
            for _ in range(3):
                failed = rng.random() < 0.2
                status = rng.choice((0, 422, 503)) if failed else rng.choice((200, 200, 303))
                took = int(rng.lognormvariate(12, 2))
                found.append(Exchange(at, journey_id, step, status, failed, rng.randbytes(8), took=took))
                at += rng.randrange(1, 90 * SECOND)
                if not failed:
                    break
            if rng.random() < 0.2:
                break
    return found


def people(exchanges: list[Exchange]) -> list[Exchange]:
    """The exchanges that questions are about."""
    return [row for row in exchanges if row.synthetic == ""]


def within(exchanges: list[Exchange], asked: Asked) -> list[Exchange]:
    """People's exchanges in the period."""
    return [row for row in people(exchanges) if asked.since <= row.at < asked.until]


def newest_first(exchanges: list[Exchange]) -> list[Exchange]:
    """As lists are told."""
    return sorted(exchanges, key=lambda row: (-row.at, row.span_id))


def later(asked: Asked, **more: Any) -> Asked:  # noqa: ANN401 - parameters of questions
    """The question with parameters of its own."""
    return replace(asked, more=asked.more | more)
