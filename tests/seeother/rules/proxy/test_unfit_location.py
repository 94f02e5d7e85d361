# SPDX-License-Identifier: Apache-2.0
"""What is inside and what is outside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.journey import UNDECLARED
from seeother.message import Request
from seeother.rules.proxy.unfit_location import Unfit, is_internal, unfit

ASKED = Request("GET", "/orders", b"", "https", b"shop.example")


@pytest.mark.parametrize(
    "host",
    ["localhost", "app.localhost", "app", "web-1", "127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.0.9", "100.64.0.1",
     "169.254.169.254", "[::1]", "[fd00::1]", "[fe80::1]", "shop.default.svc", "db.internal", "nas.local",
     "shop.svc.cluster.local", "router.home.arpa"],
)  # fmt: skip
def test_nobody_outside_gets_there(host: str) -> None:
    """Names and addresses of one machine or one network."""
    assert is_internal(host)


@pytest.mark.parametrize(
    "host",
    ["shop.example", "localhost.example", "11.0.0.1", "172.32.0.1", "192.0.2.1", "[2001:db8::1]", "internal.example",
     "local.example", "svc.example", "shop.test"],
)  # fmt: skip
def test_everybody_gets_there(host: str) -> None:
    """Or may, for all that the name tells."""
    assert not is_internal(host)


@pytest.mark.parametrize(
    ("location", "why"),
    [
        (b"//app:8000/x", Unfit.INTERNAL),
        (b" HTTP://SHOP.example/x", Unfit.PLAIN),
        (b"http://shop.example:8000/x", Unfit.PLAIN),
        (b"https://shop.example:8080", Unfit.SERVER_PORT),
        (b"http://localhost:8000/callback?next=/", Unfit.INTERNAL),
    ],
)
def test_unfit_in_any_spelling(location: bytes, why: Unfit) -> None:
    """As a browser reads it."""
    found = unfit(ASKED, location, UNDECLARED)
    assert found is not None
    assert found[0] is why


@pytest.mark.parametrize(
    "location",
    [b"/orders", b"", b"?a=http://app", b"https://shop.example/x", b"https://shop.example:8443/x", b"https://pay.example",
     b"http://localhost:51004/?state=x&code=y", b"http://", b"http://a b", b"mailto:a@app"],
)  # fmt: skip
def test_fit_or_no_matter_of_this_rule(location: bytes) -> None:
    """Paths, other sites, a port that may be public, a native app, and what is no address."""
    assert unfit(ASKED, location, UNDECLARED) is None


@given(st.binary(max_size=60), st.binary(max_size=20))
def test_never_raises(location: bytes, authority: bytes) -> None:
    """Whatever the bytes."""
    unfit(ASKED._replace(authority=authority), location, UNDECLARED)
    is_internal(location.decode("latin-1"))
