# SPDX-License-Identifier: Apache-2.0
"""Who came: trusted proxies are believed, strangers' forwarded fields are taken away."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.gate import Door
from seeother.message import FORWARDED_FIELDS, Field, Request, every

PROXIES = [ip_network("10.0.0.0/8")]


def came(client: str | None, *fields: Field) -> Request:
    """A request as the socket brought it."""
    return Request("GET", "/", b"", "http", b"app:8000", ((b"host", b"app:8000"), *fields), client)


def test_a_trusted_proxy_is_believed() -> None:
    """Scheme, host and client are as they were before it."""
    entry = Door(PROXIES).entered(
        came(
            "10.1.2.3",
            (b"x-forwarded-for", b"198.51.100.7"),
            (b"x-forwarded-proto", b"https"),
            (b"x-forwarded-host", b"shop.example"),
        )
    )

    assert (entry.request.scheme, entry.request.authority, entry.request.client) == (
        "https",
        b"shop.example",
        "198.51.100.7",
    )
    assert every(entry.request.fields, b"host") == [b"shop.example"]
    assert entry.forged == ()


def test_a_stranger_s_words_are_taken_away() -> None:
    """A forged host must not reach an application that believes it (PRX002)."""
    entry = Door(PROXIES).entered(came("192.0.2.1", (b"x-forwarded-host", b"evil.example"), (b"accept", b"*/*")))

    assert entry.request.fields == ((b"host", b"app:8000"), (b"accept", b"*/*"))
    assert entry.forged == (b"x-forwarded-host",)
    assert entry.forwarding is None


def test_without_trusted_proxies_nothing_is_touched() -> None:
    """Somebody else may look after it: never make it worse."""
    request = came("192.0.2.1", (b"x-forwarded-host", b"evil.example"))

    assert Door(()).entered(request).request is request


@given(
    client=st.none() | st.sampled_from(["10.0.0.1", "192.0.2.1", "::ffff:10.0.0.1", "unix:", ""]),
    lines=st.lists(st.tuples(st.sampled_from(sorted(FORWARDED_FIELDS)), st.binary(max_size=60))),
)
def test_only_a_trusted_peer_changes_anything(client: str | None, lines: list[Field]) -> None:
    """Whatever is forwarded: from strangers nothing of it is left, and nothing raises."""
    entry = Door(PROXIES).entered(came(client, *lines))

    if client not in {"10.0.0.1", "::ffff:10.0.0.1"}:
        assert (entry.request.scheme, entry.request.authority, entry.request.client) == ("http", b"app:8000", client)
        assert not {name for name, _ in entry.request.fields} & FORWARDED_FIELDS


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0"])
def test_the_trusted_networks_are_shown(network: str) -> None:
    """Whoever asks can see that everybody is trusted."""
    assert Door([ip_network(network)]).trusted == (ip_network(network),)
