# SPDX-License-Identifier: Apache-2.0
"""Routes from a recording: whose exchanges count, and what is no route."""

from hypothesis import given
from hypothesis import strategies as st

from seeother.draft import Reading, draft, read_traffic, to_toml
from seeother.message import Exchange, Pattern, Request, ResponseHead
from tests.seeother.draft.reading import reasons, shown
from tests.seeother.draft.test_toml import settings

HTML, JSON, CSS = b"text/html; charset=utf-8", b"application/json", b"text/css"


def seen(asked: str, status: int = 200, kind: bytes = HTML, host: bytes = b"shop.example") -> Exchange:
    """One recorded exchange."""
    method, _, path = asked.partition(" ")
    return Exchange(Request(method, path, authority=host), ResponseHead(status, ((b"content-type", kind),)))


VISIT = (
    seen("GET /products/green-tea"),
    seen("GET /static/shop.css", kind=CSS),
    seen("GET /favicon.ico", kind=b"image/x-icon"),
    seen("POST /cart/items", 303),
    seen("GET /cart"),
    seen("GET /api/stock/TEA-0042", kind=JSON),
    seen("POST /orders", 302),
    seen("GET /orders/1017"),
    seen("GET /orders/1018"),
    seen("GET /gone", 404),
    seen("GET /.seeother/outcome"),
    seen("OPTIONS /orders", 204),
    seen("POST /collect", 204, host=b"counts.example"),
    seen("GET /count.js", host=b"counts.example", kind=b"text/javascript"),
)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
def test_any_path_becomes_a_route_or_is_named(path: str) -> None:
    """Recordings are foreign: nothing in them stops the draft."""
    reading = read_traffic([seen(f"GET /{path}")])

    assert len(reading.routes) + len(reading.left_out) <= 1


def test_a_visit_shows_its_routes() -> None:
    """Each once; files, refusals, the guard's own pages and other hosts are none."""
    reading = read_traffic(VISIT)

    assert shown(reading) == [
        "GET /api/stock/{id}", "GET /cart", "GET /orders/{id}", "GET /products/{slug}", "POST /cart/items",
        "POST /orders",
    ]  # fmt: skip
    assert reasons(reading) == {"counts.example": "another host's, 2 exchanges"}
    assert {str(route.pattern): route.seen for route in reading.routes}["GET /orders/{id}"] == ((200, 2),)
    assert [shape.partition(" ")[2] for shape in reading.visits[0]] == [
        "/products/{}", "/cart/items", "/cart", "/api/stock/{}", "/orders", "/orders/{}",
    ]  # fmt: skip


def test_the_file_is_for_a_guard_in_front() -> None:
    """It names the steps, says where the shop is to be written, and suggests what its forms can bear."""
    reading = read_traffic(VISIT)
    text = to_toml(draft(reading.routes), reading, "visit.har", outside=True)

    read = settings(text)
    assert [step.name for step in read.journeys[0].steps] == ["product", "cart", "submit_order", "confirmation"]
    assert Pattern.parse("POST /orders") in [route.match for route in read.routes]
    assert '# idempotency = "form"' in text
    assert '# idempotency = "key"' not in text
    assert "# [[upstream]]" in text
    assert "from the routes of visit.har (a recording)" in text


def test_nothing_recorded_is_no_route() -> None:
    """An empty recording has no site."""
    assert read_traffic([]) == Reading("a recording", ())
