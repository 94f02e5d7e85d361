# SPDX-License-Identifier: Apache-2.0
"""Which server answers a path, and where it listens."""

from datetime import timedelta

import pytest

from seeother.proxy.upstream import Upstreams, upstream_of
from seeother.settings import UpstreamSettings


@pytest.mark.parametrize(
    ("path", "answers"),
    [
        ("/", "shop"),
        ("/api", "api"),
        ("/api/", "api"),
        ("/api/1", "api"),
        ("/apis", "shop"),
        ("/api/v2/x", "new"),
        ("", "shop"),
    ],
)
def test_longest_match_answers(path: str, answers: str) -> None:
    """Whole segments only."""
    upstreams = Upstreams([("/api", "api"), ("/", "shop"), ("/api/v2/", "new")])

    assert upstreams.find(path) == answers
    assert list(upstreams) == ["new", "api", "shop"]


def test_path_of_nobody_is_not_found() -> None:
    """Without a server for all the rest."""
    assert Upstreams([("/api", 1)]).find("/") is None
    assert Upstreams([("/", 1)]).find("anything") == 1


@pytest.mark.parametrize(
    ("url", "host", "port", "is_tls"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1", 8080, False),
        ("http://shop", "shop", 80, False),
        ("https://shop.example", "shop.example", 443, True),
        ("http://[::1]:81", "::1", 81, False),
    ],
)
def test_address_is_read(url: str, host: str, port: int, is_tls: bool) -> None:  # noqa: FBT001 - a table's column
    """Over TLS the certificate is checked."""
    upstream = upstream_of(UpstreamSettings(url, read=timedelta(seconds=1.5)))

    assert (upstream.host, upstream.port, upstream.tls is not None) == (host, port, is_tls)
    assert upstream.tls is None or upstream.tls.check_hostname
    assert (upstream.authority, upstream.read, upstream.total) == (url.partition("//")[2].encode(), 1.5, None)
