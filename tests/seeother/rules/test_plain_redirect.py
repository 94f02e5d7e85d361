# SPDX-License-Identifier: Apache-2.0
"""Where a redirect is plain, no check that is spared it would have had anything to say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.journey import Declaration, RouteKind
from seeother.message import Exchange, Field, Fields, Origin, Request, ResponseHead
from seeother.rules import CATALOGUE
from seeother.rules.plain_redirect import is_plain_redirect
from seeother.rules.rule import OnExchange

SPARED = [
    check
    for rule in CATALOGUE
    for check in rule.checks
    if isinstance(check, OnExchange) and check.unless is is_plain_redirect
]
GOING: Field = (b"sec-fetch-mode", b"navigate")
NOTE = b'<!doctype html><title>Thank you</title><a href="/orders/7">Your order</a>'

SEGMENTS = st.sampled_from(
    ["orders", "7", "login", "jwt", "", ".", "..", "a.b", "x=1", "%2e", "@", "shop.example", "eyJhbGciOiJI", "ä"]
)


def joined(start: str, parts: list[str], end: str) -> bytes:
    """A Location of segments, with something before and behind."""
    return (start + "/".join(parts) + end).encode("latin-1")


LOCATIONS = st.builds(
    joined,
    st.sampled_from(["", "/", "//", "/\\", "https://shop.example/", "javascript:", " /", "\t"]),
    st.lists(SEGMENTS, max_size=4),
    st.sampled_from(["", "/", "?sid=0123456789abcdef01", "#x", "\n"]),
)
DECLARATIONS = st.builds(
    Declaration,
    kind=st.none() | st.sampled_from(RouteKind),
    step=st.none() | st.just("cart"),
    site=st.none() | st.just(Origin("https", "shop.example", 443)),
    preserves_method=st.booleans(),
    prefix=st.sampled_from(["", "/shop"]),
)


def redirect(
    location: bytes | None, content: bytes | None = NOTE, *fields: Field, request: Fields = (GOING,), status: int = 303
) -> Exchange:
    """An answer that leads on."""
    head = () if location is None else ((b"location", location),)
    asked = Request("POST", "/orders", b"", "https", b"shop.example", request)
    return Exchange(asked, ResponseHead(status, (*head, *fields)), content)


@given(
    locations=st.lists(LOCATIONS, min_size=1, max_size=2),
    content=st.none() | st.sampled_from([b"", b"gone", b'<meta http-equiv="Refresh" content="0;url=/x">', NOTE]),
    names_it=st.booleans(),
    request=st.lists(
        st.sampled_from(
            [GOING, (b"sec-fetch-mode", b"cors"), (b"accept", b"application/json"), (b"accept", b"text/html")]
        ),
        max_size=2,
    ),
    kind=st.sampled_from([b"text/html", b"text/plain", b"application/json"]),
    status=st.sampled_from([301, 302, 303, 307, 308]),
    method=st.sampled_from(["GET", "POST", "HEAD", "DELETE"]),
    declaration=DECLARATIONS,
)
def test_spared_checks_see_nothing(
    locations: list[bytes],
    content: bytes | None,
    request: list[Field],
    kind: bytes,
    status: int,
    method: str,
    declaration: Declaration,
    *,
    names_it: bool,
) -> None:
    """Whatever is sent: a plain redirect is one that each of them lets pass."""
    if content is not None and names_it:
        content += locations[0]
    exchange = redirect(
        locations[0], content, (b"content-type", kind), *[(b"location", each) for each in locations[1:]],
        request=tuple(request), status=status,
    )  # fmt: skip
    exchange = exchange._replace(request=exchange.request._replace(method=method))
    if is_plain_redirect(exchange):
        assert [check for check in SPARED if check.see(exchange, declaration) is not None] == []


def test_there_are_checks_to_be_spared() -> None:
    """Or the rest proves nothing."""
    assert len(SPARED) > 5


@pytest.mark.parametrize("location", [b"/", b"/orders/7", b"/orders/7/", b"/a/b-c/d_e"])
def test_plain(location: bytes) -> None:
    """A path of letters, digits and dashes, for a person."""
    assert is_plain_redirect(redirect(location, b""))
    assert is_plain_redirect(redirect(location, None))


@pytest.mark.parametrize(
    "exchange",
    [
        pytest.param(redirect(None), id="nowhere"),
        pytest.param(redirect(b"//evil.example", b"//evil.example"), id="host"),
        pytest.param(redirect(b"/a//b", b"/a//b"), id="two slashes"),
        pytest.param(redirect(b"/a?b=c", b"/a?b=c"), id="parameter"),
        pytest.param(redirect(b"/a/../b", b"/a/../b"), id="dots"),
        pytest.param(redirect(b"/a\n", b"/a\n"), id="line break"),
        pytest.param(redirect(b"https://shop.example/", b"https://shop.example/"), id="absolute"),
        pytest.param(redirect(b"orders/7", b"orders/7"), id="relative"),
        pytest.param(redirect(b"", b""), id="empty"),
        pytest.param(redirect(b"/orders/7", NOTE, (b"location", b"/orders/7")), id="twice"),
        pytest.param(redirect(b"/orders/7", NOTE, request=()), id="nobody known"),
        pytest.param(redirect(b"/orders/7", NOTE, request=((b"sec-fetch-mode", b"cors"),)), id="script"),
    ],
)
def test_not_plain(exchange: Exchange) -> None:
    """Anything else is looked at by the rules themselves."""
    assert not is_plain_redirect(exchange)
