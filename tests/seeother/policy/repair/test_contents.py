# SPDX-License-Identifier: Apache-2.0
"""Answers get content that fits, and fields that fit the content."""

import json

import pytest

from seeother.journey import Declaration, RouteKind
from seeother.message import Field, every, first
from tests.seeother.policy.repair.answering import BROWSER, SCRIPT, exchange, is_repaired, mended, terms

TO_ORDER = (b"location", b"/orders/7?a=1&b=2")
COOKIES = ((b"set-cookie", b"theme=dark"), (b"set-cookie", b"lang=zh"))
LISTED = Declaration(target_hosts=frozenset({"pay.example"}))
TEXT = (b"content-type", b"text/plain")


def test_empty_redirect_gets_a_link() -> None:
    """For whoever does not follow; the fields about the old content are gone."""
    seen = exchange("POST /orders", 303, TO_ORDER, (b"content-encoding", b"gzip"), (b"content-length", b"0"), *COOKIES)
    answer, findings = mended(seen)

    assert answer.content is not None
    assert b'<a href="/orders/7?a=1&amp;b=2">' in answer.content
    assert first(answer.fields, b"content-length") == b"%d" % len(answer.content)
    assert first(answer.fields, b"content-type") == b"text/html; charset=utf-8"
    assert first(answer.fields, b"content-encoding") is None
    assert first(answer.fields, b"refresh") is None
    assert every(answer.fields, b"set-cookie") == [value for _, value in COOKIES]
    assert is_repaired(findings, "RED009")


def test_link_is_safe_whatever_the_location() -> None:
    """No markup comes out of it, and bytes beyond ASCII are encoded."""
    answer, _ = mended(exchange("POST /orders", 303, (b"location", b'/a"><script>\xc3\xa9&x')))

    assert answer.content is not None
    assert b'href="/a&quot;&gt;&lt;script&gt;%C3%A9&amp;x"' in answer.content


@pytest.mark.parametrize("content", [None, b"Moved."])
def test_redirect_keeps_content_of_its_own(content: bytes | None) -> None:
    """Or what is not in hand."""
    assert mended(exchange("POST /orders", 303, TO_ORDER, TEXT, content=content))[0].content == content


def test_script_gets_problem_details_for_a_default_error() -> None:
    """And a page is what the framework had."""
    page = (
        b"<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The requested URL was "
    )
    page += b"not found on the server. If you entered the URL manually please check your spelling and try again.</p>\n"
    seen = exchange("GET /api/x", 404, (b"content-type", b"text/html"), *COOKIES, content=page, by=SCRIPT)
    answer, findings = mended(seen)

    assert answer.status == 404
    assert first(answer.fields, b"content-type") == b"application/problem+json"
    assert json.loads(answer.content or b"")["status"] == 404
    assert every(answer.fields, b"set-cookie") == [value for _, value in COOKIES]
    assert is_repaired(findings, "ERR002")


def test_person_gets_a_page_for_an_empty_error() -> None:
    """With a way on."""
    answer, findings = mended(exchange("GET /orders/7", 500))

    assert answer.content is not None
    assert b'<a href="/cart">' in answer.content
    assert is_repaired(findings, "FBK002")


@pytest.mark.parametrize("code", ["ERR002", "FBK002"])
def test_words_of_the_application_stay(code: str) -> None:
    """However little they help."""
    by = SCRIPT if code == "ERR002" else BROWSER
    answer, findings = mended(exchange("GET /orders/7", 500, TEXT, content=b"The order book is closed.", by=by))

    assert answer.content == b"The order book is closed."
    assert not is_repaired(findings, code)


@pytest.mark.parametrize(
    ("content", "own"),
    [
        (b'{"detail":"Sold out"}', {}),
        (b'{"status_code":409,"detail":"Sold out"}', {"status_code": 409}),
        (b'{"status_code":409,"detail":"Sold out","extra":{"sku":7}}', {"status_code": 409, "extra": {"sku": 7}}),
    ],
)
def test_own_words_in_a_framework_s_json_stay_in_their_members(content: bytes, own: dict[str, object]) -> None:
    """A script that reads `detail` goes on reading it; a person keeps what there was, for no page has these words."""
    kind: Field = (b"content-type", b"application/json")
    answer, findings = mended(exchange("GET /api/x", 409, kind, content=content, by=SCRIPT))
    shown, _ = mended(exchange("GET /api/x", 409, kind, content=content))

    expected = {"type": "about:blank", "title": "Conflict", "status": 409, "detail": "Sold out", **own}
    assert json.loads(answer.content or b"") == expected
    assert first(answer.fields, b"content-type") == b"application/problem+json"
    assert is_repaired(findings, "ERR002")
    assert shown.content == content


def test_error_that_streams_stays() -> None:
    """Its content cannot be taken back."""
    answer, findings = mended(exchange("GET /api/x", 404, (b"content-type", b"text/html"), content=None, by=SCRIPT))

    assert answer.content is None
    assert not is_repaired(findings, "ERR002")


def test_problem_details_say_the_status_that_is_sent() -> None:
    """The status line wins."""
    kind: Field = (b"content-type", b"application/problem+json; charset=utf-8")
    seen = exchange("GET /api/x", 409, kind, (b"etag", b'"1"'), content=b'{"status": 500, "title": "No"}', by=SCRIPT)
    answer, findings = mended(seen)

    assert json.loads(answer.content or b"") == {"status": 409, "title": "No"}
    assert first(answer.fields, b"content-type") == kind[1]
    assert first(answer.fields, b"content-length") == b"%d" % len(answer.content or b"")
    assert first(answer.fields, b"etag") is None
    assert is_repaired(findings, "ERR003")


def test_problem_details_with_another_fault_stay() -> None:
    """What the title should be, nobody else knows."""
    kind: Field = (b"content-type", b"application/problem+json")
    answer, findings = mended(exchange("GET /api/x", 409, kind, content=b'{"title": 7}', by=SCRIPT))

    assert answer.content == b'{"title": 7}'
    assert not is_repaired(findings, "ERR003")


@pytest.mark.parametrize(
    ("location", "code"),
    [
        (b"//evil.example/x", "SEC002"),
        (b"/\\evil.example/x", "SEC002"),
        (b"/x\r\nset-cookie: a=b", "SEC002"),
        (b"https://evil.example/x", "SEC001"),
    ],
)
def test_unsafe_redirect_is_refused(location: bytes, code: str) -> None:
    """The person learns that what was done counts, and keeps their cookies; the address is nowhere any more."""
    seen = exchange("POST /orders", 303, (b"location", location), (b"refresh", b"0"), *COOKIES, content=location)
    answer, findings = mended(seen, terms(LISTED))

    assert answer.status == 409
    assert answer.content is not None
    assert b"there is nothing to repeat" in answer.content
    assert b'<a href="/cart">' in answer.content
    assert b"evil" not in answer.content
    assert first(answer.fields, b"location") is None
    assert first(answer.fields, b"refresh") is None
    assert first(answer.fields, b"cache-control") == b"no-store"
    assert every(answer.fields, b"set-cookie") == [value for _, value in COOKIES]
    assert is_repaired(findings, code)


def test_script_learns_why_it_is_not_redirected() -> None:
    """By a type that it can tell from others."""
    answer, _ = mended(exchange("POST /orders", 303, (b"location", b"//evil.example"), by=SCRIPT))

    assert json.loads(answer.content or b"")["type"] == "urn:seeother:problem:unsafe-redirect"


def test_unsafe_redirect_that_streams_is_refused_too() -> None:
    """The head is in hand, and it is what a browser follows."""
    answer, _ = mended(exchange("GET /x", 302, (b"location", b"//evil.example"), TEXT, *COOKIES, content=None))

    assert answer == (409, (TEXT, *COOKIES), None)


def test_any_of_several_locations_is_enough() -> None:
    """A browser may take any."""
    seen = exchange("GET /x", 302, (b"location", b"/orders"), (b"location", b"//evil.example"), content=None)

    assert mended(seen)[0].status == 409


@pytest.mark.parametrize("location", [b"/\\shop.example/orders", b"\x00/orders", b"/orders\x0b"])
def test_disguised_path_of_the_site_itself_is_spelt_out(location: bytes) -> None:
    """It is odd, and nobody is led away."""
    answer, findings = mended(exchange("GET /x", 302, (b"location", location), content=None))

    assert (answer.status, first(answer.fields, b"location")) == (302, b"/orders")
    assert is_repaired(findings, "SEC002")


def test_internal_host_off_the_list_is_made_relative_and_not_refused() -> None:
    """One repair has already done what the other one is for."""
    answer, findings = mended(
        exchange("GET /x", 302, (b"location", b"http://app:8000/orders"), content=None), terms(LISTED)
    )

    assert (answer.status, first(answer.fields, b"location")) == (302, b"/orders")
    assert is_repaired(findings, "PRX003")
    assert is_repaired(findings, "SEC001")


def test_script_is_told_to_sign_in() -> None:
    """It would take the login page for its data."""
    seen = exchange("GET /api/orders", 302, (b"location", b"/login?next=/api/orders"), *COOKIES, by=SCRIPT)
    answer, findings = mended(seen)

    assert answer.status == 401
    assert first(answer.fields, b"www-authenticate") == b"Cookie"
    assert first(answer.fields, b"location") is None
    assert json.loads(answer.content or b"")["login"] == "/login?next=/api/orders"
    assert every(answer.fields, b"set-cookie") == [value for _, value in COOKIES]
    assert is_repaired(findings, "JNY008")


def test_person_is_led_to_the_login() -> None:
    """As ever."""
    seen = exchange("GET /orders", 302, (b"location", b"/login"), content=None)

    assert mended(seen, terms(Declaration(RouteKind.ACTION)))[0].status == 302
