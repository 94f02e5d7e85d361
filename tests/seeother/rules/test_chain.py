# SPDX-License-Identifier: Apache-2.0
"""Which exchanges of a trail followed from which redirects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.journey import Trail
from seeother.message import Exchange, Request, ResponseHead
from seeother.rules import judge
from seeother.rules.chain import chains, next_ask


def exchange(method: str, path: str, status: int, location: bytes = b"", at: float | None = None) -> Exchange:
    """An exchange with https://shop.example."""
    request = Request(method, path, scheme="https", authority=b"shop.example")
    return Exchange(request, ResponseHead(status, ((b"location", location),)), at=at)


def test_follows_through_what_lies_between() -> None:
    """A redirect's target is found later on, and begins no chain of its own."""
    trail = Trail(
        (
            exchange("POST", "/orders", 303, b"/orders/7#top"),
            exchange("GET", "/logo.png", 200),
            exchange("GET", "/orders/7", 302, b"https://shop.example/orders/7/pay"),
            exchange("GET", "/orders/7", 200),
            exchange("GET", "/orders/7/pay", 200),
        )
    )

    assert chains(trail) == [[0, 2, 4]]


def test_who_comes_late_comes_by_themselves() -> None:
    """After a minute it is no longer the redirect that was followed."""
    redirect = exchange("GET", "/a", 302, b"/b", at=100.0)

    assert chains(Trail((redirect, exchange("GET", "/b", 200, at=160.0)))) == [[0, 1]]
    assert chains(Trail((redirect, exchange("GET", "/b", 200, at=161.0)))) == []


@pytest.mark.parametrize(
    ("method", "status", "following"),
    [
        ("GET", 303, "GET"),
        ("HEAD", 303, "HEAD"),
        ("POST", 301, "GET"),
        ("POST", 302, "GET"),
        ("PUT", 302, "PUT"),
        ("DELETE", 303, "GET"),
        ("POST", 307, "POST"),
        ("POST", 308, "POST"),
    ],
)
def test_knows_the_method_that_follows(method: str, status: int, following: str) -> None:
    """As Fetch has it."""
    ask = next_ask(exchange(method, "/a", status, b"/b"))

    assert ask is not None
    assert ask.method == following


@pytest.mark.parametrize(("status", "location"), [(200, b"/b"), (304, b"/b"), (302, b""), (302, b"javascript:x")])
def test_nothing_follows_without_a_target(status: int, location: bytes) -> None:
    """Another status, no Location, or one that leaves HTTP."""
    assert next_ask(exchange("GET", "/a", status, location)) is None


@given(
    st.lists(
        st.builds(
            exchange,
            st.sampled_from(["GET", "POST", "DELETE", ""]),
            st.sampled_from(["/a", "/b", "", "/\ud800", "/%2e"]),
            st.sampled_from([200, 301, 303, 307, 404, 405]),
            st.sampled_from([b"/a", b"/b", b"", b"//[", b"?", b"\xff", b"https://shop.example/b"])
            | st.binary(max_size=9),
            st.none() | st.floats(allow_nan=True, allow_infinity=True),
        ),
        max_size=20,
    )
)
def test_every_exchange_is_in_one_chain_at_most(exchanges: list[Exchange]) -> None:
    """Whatever a client did, chains are apart and in order, and the rules come to a verdict."""
    trail = Trail(tuple(exchanges))

    indices = [index for chain in chains(trail) for index in chain]

    assert len(indices) == len(set(indices))
    assert all(chain == sorted(chain) for chain in chains(trail))
    assert all(1 <= (finding.exchange or 0) <= len(exchanges) for finding in judge(trail))
