# SPDX-License-Identifier: Apache-2.0
"""Routes from telemetry: whose they are, and how frameworks and paths name them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.draft import draft, read_watched, to_toml
from seeother.draft.watched import WatchedRoute
from tests.seeother.draft.reading import reasons, shown
from tests.seeother.draft.test_toml import settings


def row(
    asked: str, statuses: dict[str, int] | None = None, *, service: str | None = "shop", entries: int = 1
) -> WatchedRoute:
    """What was seen of `METHOD /route`, or of `METHOD ?/path`."""
    method, _, place = asked.partition(" ")
    told = statuses or {"200": 1}
    where = (None, place[1:]) if place.startswith("?") else (place, None)
    return WatchedRoute(service=service, method=method, route=where[0], path=where[1], exchanges=sum(told.values()),
                        entries=entries, statuses=told)  # fmt: skip


@pytest.mark.parametrize(
    ("told", "exchange"),
    [
        ("GET /cart", "GET /cart"),
        ("GET /orders/:id", "GET /orders/{id}"),
        ("GET /orders/<int:id>", "GET /orders/{id}"),
        ("GET orders/<int:id>/", "GET /orders/{id}/"),
        (r"GET ^orders/(?P<number>\d+)$", "GET /orders/{number}"),
        ("GET ?/orders/0/pay", "GET /orders/{id}/pay"),
        ("GET ?/p/green-tea", "GET /p/{slug}"),
        ("GET ?/", "GET /"),
    ],
)
def test_route_is_read_as_its_framework_writes_it(told: str, exchange: str) -> None:
    """Without one, from the path."""
    assert shown(read_watched({"routes": [row(told)], "visits": []})) == [exchange]


def test_the_shop_is_where_people_enter() -> None:
    """However busy another service is; what is not the shop's is left out and named, and another can be chosen."""
    rows = [
        row("GET /stock", {"200": 90}, service="inventory", entries=0),
        row("GET /cart", {"200": 5}, entries=5),
        row("GET /who", service=None, entries=0),
    ]

    shop = read_watched({"routes": rows, "visits": []})
    other = read_watched({"routes": rows, "visits": []}, "inventory")

    assert (shop.framework, shown(shop)) == ("telemetry of shop", ["GET /cart"])
    assert reasons(shop) == {
        "inventory": "another service's, 90 exchanges",
        "a service without a name": "another service's, 1 exchange",
    }
    assert shown(other) == ["GET /stock"]


def test_nothing_seen_is_no_route() -> None:
    """Of nobody."""
    reading = read_watched({"routes": [], "visits": []})

    assert (reading.framework, reading.routes) == ("telemetry", ())


def test_the_file_has_the_order_in_which_people_went() -> None:
    """Payment before the order here, and says how often what was answered."""
    rows = [
        row("GET /cart", {"200": 7}),
        row("POST /orders", {"302": 4, "422": 2}),
        row("POST /checkout/pay", {"303": 3}),
        row("GET /orders/:id", {"200": 3}),
        row("GET /stock", service="inventory", entries=0),
    ]
    visits = [[0, 2, 1, 3], [0, 2, 4, 1, 3], [3, 0, 1]]
    reading = read_watched({"routes": rows, "visits": visits})

    text = to_toml(draft(reading.routes, reading.visits), reading, "http://127.0.0.1:8304", outside=True)

    (journey,) = settings(text).journeys
    assert [step.name for step in journey.steps] == ["cart", "payment", "submit_order", "confirmation"]
    assert "# Their order is that of 3 visits.\n" in text
    assert "people order or pay here; answered 302 (4), 422 (2)." in text
    assert "# dialogue = [422]" in text
    assert "from the routes of http://127.0.0.1:8304 (telemetry of shop)" in text


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20), st.booleans()), max_size=5))
def test_whatever_was_seen_can_be_written_down(seen: list[tuple[str, str, bool]]) -> None:
    """Telemetry is foreign: nothing in it stops the draft."""
    rows = [row(f"GET {'?' if is_path else ''}{place}", service=name) for name, place, is_path in seen]

    reading = read_watched({"routes": rows, "visits": [list(range(len(rows)))]})

    settings(to_toml(draft(reading.routes, reading.visits), reading, "http://127.0.0.1", outside=True))
