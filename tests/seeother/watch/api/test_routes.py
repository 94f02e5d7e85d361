# SPDX-License-Identifier: Apache-2.0
"""Routes as JSON."""

from tests.seeother.watch.otlp import T0, Value, span, traces

from .conftest import Caller


async def test_routes_are_told_with_their_visits(caller: Caller) -> None:
    """Statuses of one route together, and visits by the places of what was met."""
    asked: list[dict[str, Value]] = [
        {"http.request.method": "GET", "http.route": "/cart", "http.response.status_code": 200},
        {"http.request.method": "POST", "url.path": "/orders/17", "http.response.status_code": 302},
        {"http.request.method": "GET", "http.route": "/cart"},
    ]
    spans = [
        span(about | {"session.id": "ann"}, at_ns=T0 + n * 1_000_000, span_id=f"{n:08}".encode())
        for n, about in enumerate(asked)
    ]
    await caller.send(traces(*spans, scope="stock"))

    answer = await caller.json("/api/routes")

    cart = {"service": "shop", "method": "GET", "route": "/cart", "path": None, "exchanges": 2, "entries": 2,
            "statuses": {"200": 1, "0": 1}}  # fmt: skip
    orders = {"service": "shop", "method": "POST", "route": None, "path": "/orders/0", "exchanges": 1, "entries": 1,
              "statuses": {"302": 1}}  # fmt: skip
    assert answer["routes"] == [cart, orders]
    assert (answer["visits"], answer["is_cut"]) == ([[0, 1]], False)


async def test_nothing_seen_is_no_route(caller: Caller) -> None:
    """Nor a visit."""
    answer = await caller.json("/api/routes")

    assert (answer["routes"], answer["visits"], answer["is_cut"]) == ([], [], False)
