# SPDX-License-Identifier: Apache-2.0
"""Targets that nobody is sent to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import Request, resolve
from seeother.policy import is_refused_target
from seeother.policy.repair.refusals import is_harmless

ASKED = Request("GET", "/login", b"next=x", "https", b"shop.example")


@pytest.mark.parametrize(
    "target",
    [b"//evil.example", b"/\\evil.example/x", b"\\\\evil.example", b"/\tx", b"/x\r\nset-cookie: a=b", b"/\x00x",
     b"javascript:alert(1)", b"data:text/html,x", b"mailto:a@shop.example", b"http://", b"https://a b/"],
)  # fmt: skip
def test_these_are_refused(target: bytes) -> None:
    """Off the site in disguise, out of HTTP, or nowhere."""
    assert is_refused_target(ASKED, target)
    assert not is_harmless(ASKED, target)


@pytest.mark.parametrize(
    ("target", "harmless"),
    [(b"/orders/7", True), (b"", True), (b"?page=2", True), (b"orders/7#top", True), (b"/x//y", True),
     (b"//shop.example/x", False), (b"https://pay.example/p/1", False), (b"https://shop.example/x", False)],
)  # fmt: skip
def test_these_are_not(target: bytes, harmless: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    """Paths, plain URLs and the site's own host, however it is written."""
    assert not is_refused_target(ASKED, target)
    assert is_harmless(ASKED, target) is harmless


@given(st.binary(max_size=40))
def test_what_is_harmless_stays_on_the_site(target: bytes) -> None:
    """Whatever the bytes, and nothing is both."""
    if is_harmless(ASKED, target):
        found = resolve(ASKED, target)
        assert found is not None
        assert found.origin.host == "shop.example"
        assert not is_refused_target(ASKED, target)
