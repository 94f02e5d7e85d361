# SPDX-License-Identifier: Apache-2.0
"""Routes put together from answers, whoever has seen them."""

from seeother.draft.observed import Observed
from tests.seeother.draft.reading import reasons, shown


def test_answers_make_a_route() -> None:
    """With its statuses, whatever its placeholders are called; files, own pages and odd methods are none."""
    observed = Observed()
    first = observed.see("GET", "/orders/{id}", 200, 2)
    assert observed.see("GET", "/orders/{number}", 404) == first
    for method, path in (("GET", "/shop.css"), ("GET", "/.seeother/outcome"), ("OPTIONS", "/orders")):
        assert observed.see(method, path, 200) is None
    observed.see("POST", "/upload.json", 0)

    reading = observed.reading("somewhere")

    assert reading.framework == "somewhere"
    assert [(str(route.pattern), route.seen) for route in reading.routes] == [
        ("GET /orders/{id}", ((200, 2), (404, 1))),
        ("POST /upload.json", ((0, 1),)),
    ]


def test_what_was_only_refused_is_no_route() -> None:
    """Nor part of a visit."""
    observed = Observed()
    met = [observed.see("GET", "/wp-login.php", 404), observed.see("GET", "/cart", 200), observed.see("PUT", "/", 405)]

    reading = observed.reading("somewhere", [[shape or "" for shape in met], [met[0] or ""], [met[1] or ""] * 2])

    assert shown(reading) == ["GET /cart"]
    assert reading.visits == (("GET /cart",), ("GET /cart",))


def test_what_cannot_be_written_is_named() -> None:
    """With the reason."""
    observed = Observed()

    assert observed.see("GET", "/a{b}c", 200) is None
    assert "whole segment" in reasons(observed.reading("somewhere"))["/a{b}c"]
