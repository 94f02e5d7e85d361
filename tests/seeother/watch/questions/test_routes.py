# SPDX-License-Identifier: Apache-2.0
"""Routes that any telemetry shows, and the order in which people met them: `routes` and `visits`."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seeother.watch.questions import ROUTES, VISITS, Asker
from seeother.watch.warehouse import Encoding, Signal, Store
from seeother.watch.warehouse.chdb import ChdbEngine
from tests.seeother.watch.otlp import Value, span, traces

from .asked import NAMES, SECOND, T0

Known = Mapping[str, Value]
PERIOD = {"since": T0, "until": T0 + 600 * SECOND}


def tell(store: Store, *asked: str, service: str = "shop", parent: bytes = b"", more: Known | None = None) -> None:
    """Store server spans of stock telemetry, one a second: `METHOD /route STATUS`, or a `?/path` without a route."""
    spans = []
    for n, text in enumerate(asked):
        method, place, status = text.split()
        where = {"url.path": place[1:]} if place.startswith("?") else {"http.route": place}
        about: dict[str, Value] = {"http.request.method": method, "http.response.status_code": int(status), **where}
        at = (T0 + n * SECOND) * 1000
        spans.append(span({**about, **(more or {})}, at_ns=at, span_id=f"{n:08}".encode(), parent_id=parent))
    request = traces(*spans, scope="stock", service=service)
    store.submit(Signal.TRACES, Encoding.PROTOBUF, request.SerializeToString()).result(timeout=30)


def places(rows: list[dict[str, Any]]) -> list[str]:
    """Rows as they were told."""
    return [f"{row['method']} {row['route'] or '?' + row['path']}" for row in rows]


async def test_routes_are_counted_by_status(store: Store, asker: Asker) -> None:
    """With how many came from outside; the end of the period is outside, bots are nobody, the busiest come first."""
    tell(store, "GET /cart 200", "GET /cart 200", "POST /orders 302", "GET /cart 500")
    tell(store, "GET /stock 200", service="inventory", parent=b"12345678")
    tell(store, "GET /bots 200", more={"user_agent.synthetic.type": "bot"})

    rows = await asker.ask(ROUTES, since=T0, until=T0 + 3 * SECOND, count=10)
    first = await asker.ask(ROUTES, **PERIOD, count=1)

    assert [(row["service"], row["method"], row["route"], row["status"], row["exchanges"], row["entries"])
            for row in rows] == [
        ("shop", "GET", "/cart", 200, 2, 2),
        ("inventory", "GET", "/stock", 200, 1, 0),
        ("shop", "POST", "/orders", 302, 1, 1),
    ]  # fmt: skip
    assert places(first) == ["GET /cart"]


async def test_a_path_stands_in_for_its_route(store: Store, asker: Asker) -> None:
    """Numbers and digests in it are one, words are kept, and so is what may be one."""
    paths = ("/orders/1017", "/orders/2", "/orders/507f1f77bcf86cd799439011", "/step1/deadbeef", "/", "/a-7")
    tell(store, *[f"GET ?{path} 200" for path in paths])

    rows = await asker.ask(ROUTES, **PERIOD, count=10)

    assert {row["path"]: row["exchanges"] for row in rows} == {
        "/orders/0": 3, "/step1/deadbeef": 1, "/": 1, "/a-7": 1,
    }  # fmt: skip


async def test_visits_are_told_in_the_order_of_first_meeting(declared: Store, asker: Asker) -> None:
    """Of those who have sent something, known by their session or by their journey."""
    store = declared
    tell(store, "GET /tea 200", "GET ?/cart/7 200", "GET /tea 200", "POST /orders 303", more={"session.id": "ann"})
    tell(store, "GET /tea 200", "GET /cart 200", more={"session.id": "who only looks"})
    tell(store, "POST /orders 303", "GET /tea 200", more={"journey.id": "be" * 16})
    tell(store, "POST /orders 303")

    rows = await asker.ask(VISITS, **PERIOD, people=10, count=100)
    few = await asker.ask(VISITS, **PERIOD, people=1, count=100)

    visits = {number: places([row for row in rows if row["person"] == number]) for number in (1, 2)}
    assert {row["person"] for row in rows} == {1, 2}
    assert sorted(visits.values()) == [["GET /tea", "GET ?/cart/0", "POST /orders"], ["POST /orders", "GET /tea"]]
    assert {row["person"] for row in few} == {1}


async def test_few_of_many_people_are_told(declared: Store, engine: ChdbEngine, asker: Asker) -> None:
    """As many as are asked for, by the hash of who they are: the same at every time."""
    many = [
        span(
            {"http.request.method": "POST", "http.route": f"/{n}", "session.id": f"{n}"},
            at_ns=T0 * 1000,
            span_id=f"{n:08}".encode(),
        )
        for n in range(200)
    ]
    request = traces(*many, scope="stock").SerializeToString()
    declared.submit(Signal.TRACES, Encoding.PROTOBUF, request).result(timeout=30)

    rows = await asker.ask(VISITS, **PERIOD, people=3, count=100)

    first = engine.rows("SELECT route FROM spans ORDER BY cityHash64(session) LIMIT 3")
    assert len(rows) == 3
    assert {row["route"] for row in rows} == {row["route"] for row in first}


requests = st.lists(
    st.tuples(
        st.sampled_from(("GET", "POST")),
        st.sampled_from(("/cart", "/orders/{id}", "?/cart", "?/orders/17", "?/orders/4")),
        st.sampled_from((200, 303, 0)),
        st.sampled_from(("ann", "ben", "a bot", "")),  # who asks
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=requests)
async def test_routes_and_visits_agree_with_a_fold(
    declared: Store, asker: Asker, asked: list[tuple[str, str, int, str]]
) -> None:
    """Whoever asks, in whatever order; numbers in paths are one, bots are nobody."""
    service = next(NAMES)
    spans = [
        span(
            {
                **({"url.path": place[1:]} if place.startswith("?") else {"http.route": place}),
                **({"session.id": f"{service} {who}"} if who else {}),
                **({"user_agent.synthetic.type": "bot"} if who == "a bot" else {}),
                "http.request.method": method,
                "http.response.status_code": status,
            },
            at_ns=(T0 + n * SECOND) * 1000,
            span_id=f"{n:08}".encode(),
        )
        for n, (method, place, status, who) in enumerate(asked)
    ]
    request = traces(*spans, scope="stock", service=service)
    declared.submit(Signal.TRACES, Encoding.PROTOBUF, request.SerializeToString()).result(timeout=30)
    told = [(method, place.replace("17", "0").replace("4", "0"), status, who) for method, place, status, who in asked]
    met: dict[str, list[str]] = {}
    for method, place, _, who in told:
        if f"{method} {place}" not in met.setdefault(who, []):
            met[who].append(f"{method} {place}")
    buyers = {who for method, _, _, who in told if method == "POST"} - {"", "a bot"}

    rows = [row for row in await asker.ask(ROUTES, **PERIOD, count=9999) if row["service"] == service]
    visits = [row for row in await asker.ask(VISITS, **PERIOD, people=9999, count=9999) if row["service"] == service]

    assert {(place, row["status"]): row["exchanges"] for place, row in zip(places(rows), rows, strict=True)} == Counter(
        (f"{method} {place}", status) for method, place, status, who in told if who != "a bot"
    )
    of_each: dict[int, list[str]] = {}
    for place, row in zip(places(visits), visits, strict=True):
        of_each.setdefault(row["person"], []).append(place)
    assert sorted(of_each.values()) == sorted(met[who] for who in buyers)
