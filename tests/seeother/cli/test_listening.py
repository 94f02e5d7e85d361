# SPDX-License-Identifier: Apache-2.0
"""Where a command listens, and what is said when it cannot."""

import socket

import pytest

from seeother.cli.listening import bind, url_of
from seeother.errors import PeerError


def test_a_free_port_is_taken_and_named() -> None:
    """As one types it; what is written to a connection leaves at once."""
    with bind("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]

        assert url_of(listening) == f"http://127.0.0.1:{port}"
        with socket.create_connection(("127.0.0.1", port)), listening.accept()[0] as connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_an_ipv6_address_stands_in_brackets() -> None:
    """RFC 3986 section 3.2.2."""
    try:
        listening = bind("::1", 0)
    except PeerError:
        pytest.skip("this machine has no ::1")
    with listening:
        assert url_of(listening) == f"http://[::1]:{listening.getsockname()[1]}"


def test_a_taken_port_is_said_in_one_line() -> None:
    """With the address and a cure."""
    with bind("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]

        with pytest.raises(PeerError) as caught:
            bind("127.0.0.1", port)

    assert str(caught.value) == f"cannot listen on 127.0.0.1:{port}: Address already in use; free it, or give another"


def test_a_host_that_is_none_is_said_too() -> None:
    """Names are looked up when the socket is bound."""
    with pytest.raises(PeerError, match=r"cannot listen on no\.such\.host\.invalid:0"):
        bind("no.such.host.invalid", 0)
