# SPDX-License-Identifier: Apache-2.0
"""Where watch listens, and where it must not."""

import socket
import subprocess
import sys

import pytest

from seeother.errors import PeerError
from seeother.watch.serve import bind, url_of


def test_a_free_port_is_taken_and_named() -> None:
    """As one types it."""
    with bind("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]

        assert url_of(listening) == f"http://127.0.0.1:{port}"
        with socket.create_connection(("127.0.0.1", port)):
            pass


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


def test_a_watch_over_a_server_needs_no_engine_of_its_own() -> None:
    """It is half a gigabyte, and an extra of its own; who has none is told so when a folder is wanted."""
    script = """
import sys
sys.modules["chdb"] = None
from seeother.errors import SettingsError
from seeother.settings import Settings
from seeother.watch.serve import open_store
try:
    open_store(Settings())
except SettingsError as error:
    print(error)
"""

    told = subprocess.check_output([sys.executable, "-c", script], text=True, timeout=30)

    assert "watch.store" in told
    assert "seeother[embedded]" in told
