# SPDX-License-Identifier: Apache-2.0
"""Configured journeys as rows, and what their patterns fit: the same as those of the guard."""

import re

import pytest

from seeother.journey import Journey, Step
from seeother.message import Pattern, PatternTable
from seeother.watch.warehouse.routes import digest_of_routes, route_rows


def journey(name: str, *steps: tuple[str, list[str], list[str]]) -> Journey:
    """A journey of steps: name, attempts, pages."""
    parse = Pattern.parse
    return Journey(
        name, tuple([Step(step, tuple(map(parse, on)), tuple(map(parse, page))) for step, on, page in steps])
    )


CHECKOUT = journey(
    "checkout",
    ("cart", ["GET /cart"], []),
    ("submit", ["POST /orders", "POST /orders/{id}"], ["GET /orders/{id}/pay"]),
    ("files", ["GET /files/{name:path}"], []),
)


def test_a_route_is_an_attempt_of_one_step_and_perhaps_the_page_of_another() -> None:
    """A step without a page of its own has the pages that it is reached by; a second journey has no nameless rows."""
    rows = [*route_rows([CHECKOUT, journey("gift", ("cart", ["GET /cart"], []), ("wrap", ["POST /wrap"], []))])]

    found = {
        (row["journey"], row["method"], row["route"]): (row["of"], row["step"], row["position"], row["page"])
        for row in rows
    }
    assert found == {
        **{
            (name, *route): ("checkout", *rest)
            for name in ("checkout", "")
            for route, rest in {
                ("GET", "/cart"): ("cart", 1, "cart"),
                ("POST", "/orders"): ("submit", 2, ""),
                ("POST", "/orders/{}"): ("submit", 2, ""),
                ("GET", "/orders/{}/pay"): ("", 0, "submit"),
                ("GET", "/files/{}"): ("files", 3, "files"),
            }.items()
        },
        ("gift", "GET", "/cart"): ("gift", "cart", 1, "cart"),
        ("gift", "POST", "/wrap"): ("gift", "wrap", 2, ""),
        ("", "POST", "/wrap"): ("gift", "wrap", 2, ""),
    }


@pytest.mark.parametrize(
    "path",
    [
        "/cart",
        "/cart/",
        "/orders",
        "/orders/17",
        "/orders/17/pay",
        "/orders//pay",
        "/files/a",
        "/files/a/b.c",
        "/files/",
        "/a.b",
    ],
)
def test_expressions_fit_what_patterns_fit(path: str) -> None:
    """By the number of segments and the expression, in the order of rank."""
    patterns = [pattern for step in CHECKOUT.steps for pattern in (*step.on, *step.page)]
    table = PatternTable([(pattern, re.sub(r"{\w+}", "{}", pattern.template)) for pattern in patterns])
    rows = sorted(route_rows([CHECKOUT]), key=lambda row: int(row["rank"]))

    for method in ("GET", "POST"):
        fitting = [
            row["route"]
            for row in rows
            if row["journey"]
            and row["method"] == method
            and row["segments"] == path.count("/")
            and re.search(str(row["pattern"]), path)
        ]
        assert fitting[:1] == [found for found in [table.find(method, path)] if found is not None]


def test_every_configuration_has_its_digest() -> None:
    """Of what the rows say, and the attribute that tells people apart."""
    rows = route_rows([CHECKOUT])

    assert digest_of_routes(rows, "session.id") == digest_of_routes(route_rows([CHECKOUT]), "session.id")
    assert digest_of_routes(rows, "session.id") != digest_of_routes(rows, "enduser.id")
    assert digest_of_routes(rows, "session.id") != digest_of_routes(rows[1:], "session.id")
