# SPDX-License-Identifier: Apache-2.0
"""Redirects say what they mean and lead where they can be followed; what cannot be known is left alone."""

import pytest

from seeother.journey import UNDECLARED, Declaration, RouteKind
from seeother.message import Field, Origin, every, first
from tests.seeother.policy.repair.answering import BROWSER, exchange, is_repaired, mended, terms

FORM = (*BROWSER, (b"content-type", b"application/x-www-form-urlencoded"), (b"content-length", b"9"))
TO_ORDER = (b"location", b"/orders/7")
COOKIE = (b"set-cookie", b"theme=dark")
ACTION = Declaration(RouteKind.ACTION)
MOUNTED = Declaration(prefix="/shop/")
PUBLIC = Declaration(site=Origin("https", "shop.example", 443))


@pytest.mark.parametrize(
    ("asked", "status", "declaration", "sent"),
    [
        ("POST /orders", 302, UNDECLARED, 303),
        ("POST /orders", 301, UNDECLARED, 301),
        ("PUT /orders/6", 302, UNDECLARED, 302),
        ("POST /orders", 301, ACTION, 303),
        ("DELETE /orders/6", 302, ACTION, 303),
        ("PATCH /orders/6", 301, ACTION, 303),
    ],
)
def test_redirect_after_an_action_becomes_see_other(
    asked: str, status: int, declaration: Declaration, sent: int
) -> None:
    """For POST and 302 it changes nothing to a browser; the rest takes a declaration."""
    answer, findings = mended(exchange(asked, status, TO_ORDER, COOKIE, content=None), terms(declaration))

    assert (answer.status, answer.fields) == (sent, (TO_ORDER, COOKIE))
    assert is_repaired(findings, "RED001") is (sent == 303)


def test_what_nobody_wants_repaired_is_only_reported() -> None:
    """The codes of a place say what is wanted there."""
    answer, findings = mended(exchange("POST /orders", 302, TO_ORDER, content=None), terms(enabled=frozenset()))

    assert answer.status == 302
    assert not is_repaired(findings, "RED001")


def test_allowed_redirect_is_left_alone() -> None:
    """Without a finding there is nothing to repair."""
    assert mended(exchange("GET /orders", 302, TO_ORDER, content=None))[0].status == 302


@pytest.mark.parametrize("status", [307, 308])
def test_content_is_not_sent_once_more(status: int) -> None:
    """Neither on the site nor to another one."""
    seen = exchange("POST /orders", status, (b"location", b"https://pay.example/p/1"), content=None, by=FORM)
    answer, findings = mended(seen, terms(ACTION))

    assert answer.status == 303
    assert is_repaired(findings, "RED002")
    assert is_repaired(findings, "RED003")


def test_equal_locations_become_one() -> None:
    """Not every client forgives two."""
    answer, findings = mended(exchange("GET /x", 302, TO_ORDER, COOKIE, TO_ORDER, content=None))

    assert answer.fields == (TO_ORDER, COOKIE)
    assert is_repaired(findings, "RED005")


def test_different_locations_stay() -> None:
    """Nobody knows which one is meant."""
    seen = exchange("GET /x", 302, TO_ORDER, (b"location", b"/orders/8"), content=None)
    answer, findings = mended(seen)

    assert every(answer.fields, b"location") == [b"/orders/7", b"/orders/8"]
    assert not is_repaired(findings, "RED005")


@pytest.mark.parametrize(
    ("location", "code", "sent"),
    [
        (b"https://shop.example/orders/7?a=b#top", "PRX004", b"/orders/7?a=b#top"),
        (b"http://shop.example/orders/", "PRX003", b"/orders/"),
        (b"http://app:8000//evil.example/x", "PRX003", b"/.//evil.example/x"),
        (b"https://shop.example:8000/orders/7", "PRX003", b"/orders/7"),
        (b"http://127.0.0.1:8000", "PRX003", b"/"),
    ],
)
def test_location_becomes_relative(location: bytes, code: str, sent: bytes) -> None:
    """Whatever the application takes itself for, the browser knows where it has asked."""
    answer, findings = mended(exchange("GET /orders", 303, (b"location", location), content=None), terms(PUBLIC))

    assert first(answer.fields, b"location") == sent
    assert is_repaired(findings, code)


def test_both_of_two_equal_ones_become_relative() -> None:
    """One fault does not keep another one from being mended."""
    absolute = (b"location", b"http://app:8000/orders/7")
    answer, findings = mended(exchange("GET /orders", 303, absolute, absolute, content=None))

    assert answer.fields == ((b"location", b"/orders/7"),)
    assert [finding.rule for finding in findings if finding.repaired] == ["PRX003", "RED005"]


def test_redirect_is_not_made_endless() -> None:
    """To leave http and host out would send the browser to where it comes from."""
    seen = exchange("GET /orders?page=2", 302, (b"location", b"http://shop.example/orders?page=2"), content=None)
    answer, findings = mended(seen)

    assert first(answer.fields, b"location") == b"http://shop.example/orders?page=2"
    assert not is_repaired(findings, "PRX003")


@pytest.mark.parametrize(
    ("location", "sent"),
    [
        (b"/orders/7", b"/shop/orders/7"),
        (b"/shop/orders/7", b"/shop/orders/7"),
        (b"/shopping?a=b#c", b"/shop/shopping?a=b#c"),
        (b"/", b"/"),
        (b"https://pay.example/p/1", b"https://pay.example/p/1"),
    ],
)
def test_prefix_is_put_back(location: bytes, sent: bytes) -> None:
    """Where the proxy has taken it away, and not twice."""
    fields: Field = (b"location", location)

    assert (
        first(mended(exchange("GET /orders", 303, fields, content=None), terms(MOUNTED))[0].fields, b"location") == sent
    )
