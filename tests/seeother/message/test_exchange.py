# SPDX-License-Identifier: Apache-2.0
"""Requests and responses are plain values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import SAFE_METHODS, Exchange, Request, Response, ResponseHead


def test_url_is_the_whole_target() -> None:
    """People read scheme, authority, path and query in one."""
    request = Request("GET", "/orders/7", b"a=%20b", "https", b"shop.example:8443")

    assert request.url == "https://shop.example:8443/orders/7?a=%20b"


def test_url_has_no_question_mark_without_a_query() -> None:
    """An empty query leaves nothing behind."""
    assert Request("GET", "/", authority=b"shop.example").url == "http://shop.example/"


@given(authority=st.binary(max_size=9), query=st.binary(max_size=9))
def test_url_takes_any_bytes(authority: bytes, query: bytes) -> None:
    """What a peer sent can always be shown."""
    url = Request("GET", "/", query, authority=authority).url

    assert url.encode("latin-1") == b"http://" + authority + b"/" + (b"?" + query if query else b"")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
def test_safe_methods_are_those_of_the_standard(method: str) -> None:
    """RFC 9110 section 9.2.1 names four."""
    assert Request(method, "/").is_safe
    assert len(SAFE_METHODS) == 4


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "CONNECT", "get", "BREW", ""])
def test_every_other_method_is_unsafe(method: str) -> None:
    """A method nobody knows may do anything."""
    assert not Request(method, "/").is_safe


def test_head_of_a_response_leaves_out_the_content() -> None:
    """The head is status and fields."""
    response = Response(303, ((b"location", b"/orders/7"),), b"content")

    assert response.head == ResponseHead(303, ((b"location", b"/orders/7"),))


@pytest.mark.parametrize("value", [Request("GET", "/"), ResponseHead(200), Response(200)])
def test_values_do_not_change(value: object) -> None:
    """What was judged is what was sent."""
    with pytest.raises(AttributeError):
        setattr(value, "status" if hasattr(value, "status") else "method", "other")


def test_exchange_keeps_no_content_unless_it_is_given() -> None:
    """Absent content is None, not empty content."""
    assert Exchange(Request("GET", "/"), ResponseHead(200)).content is None


def test_exchange_may_know_when_the_request_came() -> None:
    """What compares two exchanges in time has it; a recording without clocks has not."""
    exchange = Exchange(Request("GET", "/"), ResponseHead(200))

    assert exchange.at is None
    assert exchange._replace(at=784111777.0).at == 784111777.0
