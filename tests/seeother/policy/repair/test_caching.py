# SPDX-License-Identifier: Apache-2.0
"""What is one person's is not kept for others, and lifetimes of all kinds go."""

import pytest

from seeother.journey import Declaration, RouteKind
from seeother.message import Field, every, first
from tests.seeother.policy.repair.answering import exchange, is_repaired, mended, terms

STEP = Declaration(step="address")
TO_CART: Field = (b"location", b"/cart")
HTML: Field = (b"content-type", b"text/html")
SESSION: Field = (b"set-cookie", b"sessionid=a; SameSite=Lax")
PAGE = b"<h1>Cart</h1>"
LIFETIMES = ((b"expires", b"Wed, 25 Nov 2026 11:00:00 GMT"), (b"cdn-cache-control", b"max-age=60"))


@pytest.mark.parametrize(
    ("code", "asked", "status", "fields", "says"),
    [
        ("CAC001", "GET /checkout", 301, (TO_CART,), b"no-store"),
        ("CAC002", "GET /checkout", 302, (TO_CART, SESSION, (b"cache-control", b"public")), b"private, no-store"),
        ("CAC003", "GET /checkout", 302, (TO_CART, (b"cache-control", b"max-age=9")), b"no-store"),
        ("CAC005", "GET /cart", 200, (HTML, SESSION), b"no-store"),
        ("CAC007", "GET /cart", 200, (HTML, (b"pragma", b"no-cache")), b"no-cache"),
        ("CAC007", "POST /cart", 200, (HTML, (b"pragma", b"no-cache")), b"no-cache"),
        ("CAC007", "GET /cart", 200, (HTML, (b"pragma", b"public")), None),
        ("RTY006", "GET /cart", 503, (HTML, (b"retry-after", b"9"), (b"cache-control", b"max-age=60")), b"no-store"),
        ("FBK004", "GET /cart", 200, (HTML, (b"retry-after", b"9")), b"no-store"),
    ],
)
def test_answer_says_how_long_it_holds(
    code: str, asked: str, status: int, fields: tuple[Field, ...], says: bytes | None
) -> None:
    """Once, and no other field says otherwise."""
    answer, findings = mended(exchange(asked, status, *fields, content=PAGE), terms(STEP))

    assert every(answer.fields, b"cache-control") == ([] if says is None else [says])
    assert first(answer.fields, b"pragma") is None
    assert is_repaired(findings, code)
    assert every(answer.fields, b"set-cookie") == every(fields, b"set-cookie")


def test_lifetimes_of_every_kind_go() -> None:
    """A CDN listens to its own field first."""
    answer, _ = mended(exchange("GET /checkout", 302, TO_CART, SESSION, *LIFETIMES, content=None), terms(STEP))

    assert answer.fields == (TO_CART, SESSION, (b"cache-control", b"private, no-store"))


def test_page_that_answers_a_form_is_not_kept_from_the_browser() -> None:
    """Whoever goes back and forward would see an error page."""
    answer, _ = mended(exchange("POST /orders", 200, HTML, content=PAGE), terms(Declaration(RouteKind.ACTION, "order")))

    assert first(answer.fields, b"cache-control") is None


def test_shared_page_stays_shared() -> None:
    """A shop's product pages are shared with good reason."""
    public = (b"cache-control", b"public, s-maxage=300")

    assert mended(exchange("GET /products/kettle", 200, HTML, public, content=PAGE), terms(STEP))[0].fields == (
        HTML,
        public,
    )
