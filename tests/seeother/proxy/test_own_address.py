# SPDX-License-Identifier: Apache-2.0
"""A guard whose server behind is itself is refused before it begins."""

import socket

import pytest

from seeother.errors import SettingsError
from seeother.proxy import check_own_address
from seeother.settings import UpstreamSettings


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]"])  # noqa: S104 - asked, not bound
@pytest.mark.parametrize("listens_on", ["127.0.0.1", ""], ids=["loopback", "everywhere"])
def test_own_address_is_refused(host: str, listens_on: str) -> None:
    """By whatever name it is called."""
    with socket.create_server((listens_on, 0)) as listening:
        port = listening.getsockname()[1]
        upstreams = [UpstreamSettings("http://127.0.0.1:1"), UpstreamSettings(f"http://{host}:{port}")]
        with pytest.raises(SettingsError) as refused:
            check_own_address(upstreams, listening)

    assert refused.value.key == "upstream[1].url"
    assert f":{port}" in refused.value.cure


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://127.0.0.2:{port}", "http://no-such-name.invalid:{port}"])
def test_any_other_address_passes(url: str) -> None:
    """Another port, another of this machine's addresses, and one that nobody knows yet."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        check_own_address([UpstreamSettings(url.format(port=listening.getsockname()[1]))], listening)


def test_address_of_another_machine_passes() -> None:
    """Although the guard listens on all of its own."""
    with socket.create_server(("", 0)) as listening:
        check_own_address([UpstreamSettings(f"http://192.0.2.1:{listening.getsockname()[1]}")], listening)
