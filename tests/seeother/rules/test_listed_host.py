# SPDX-License-Identifier: Apache-2.0
"""A list of hosts means what it says, port included."""

import pytest

from seeother.message import read_origin
from seeother.rules.listed_host import is_listed

HOSTS = frozenset({"pay.example", "Test.Pay.example:8443", "[::1]:8080"})


@pytest.mark.parametrize(
    "url",
    [b"https://pay.example/p", b"http://pay.example", b"https://PAY.example:443/", b"https://test.pay.example:8443",
     b"http://[0:0::1]:8080/"],
)  # fmt: skip
def test_listed(url: bytes) -> None:
    """In whatever spelling."""
    origin = read_origin(url)
    assert origin is not None
    assert is_listed(origin, HOSTS)


@pytest.mark.parametrize(
    "url",
    [b"https://pay.example:8443", b"https://test.pay.example", b"https://x.pay.example", b"https://pay.example.evil"],
)
def test_not_listed(url: bytes) -> None:
    """Another port, and a host above, below or behind."""
    origin = read_origin(url)
    assert origin is not None
    assert not is_listed(origin, HOSTS)
    assert not is_listed(origin, frozenset())
