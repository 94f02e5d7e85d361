# SPDX-License-Identifier: Apache-2.0
"""Matching a redirect against a policy's `form-action`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import Origin, read_origin
from seeother.rules.form.source_list import SourceList, form_actions

SHOP = Origin("https", "shop.example", 443)


def origin(text: str) -> Origin:
    """The origin that a test means."""
    found = read_origin(text.encode())
    assert found is not None
    return found


def allows(sources: str, target: str, own: str = "https://shop.example") -> bool:
    """Whether a form on `own` may be redirected to `target`."""
    return SourceList(tuple(sources.split())).allows(origin(own), origin(target))


@pytest.mark.parametrize(
    ("sources", "target"),
    [
        ("'self'", "https://shop.example"),
        ("'SELF'", "https://SHOP.example:443"),
        ("*", "http://anybody.example:8080"),
        ("https:", "https://pay.example:8443"),
        ("http:", "https://pay.example"),
        ("pay.example", "https://pay.example"),
        ("PAY.example", "https://pay.example"),
        ("https://pay.example/some/path", "https://pay.example"),
        ("*.pay.example", "https://eu.west.pay.example"),
        ("http://pay.example", "https://pay.example"),
        ("http://pay.example:80", "https://pay.example"),
        ("pay.example:*", "https://pay.example:8443"),
        ("pay.example:8443", "https://pay.example:8443"),
        ("https://*", "https://pay.example"),
        ("'none' pay.example", "https://pay.example"),
    ],
)
def test_a_source_allows(sources: str, target: str) -> None:
    """Hosts, wildcards, schemes and ports, as CSP matches them."""
    assert allows(sources, target)


@pytest.mark.parametrize(
    ("sources", "target"),
    [
        ("", "https://shop.example"),
        ("'none'", "https://shop.example"),
        ("'self'", "https://www.shop.example"),
        ("'self'", "https://shop.example:8443"),
        ("'self'", "http://shop.example"),
        ("https:", "http://pay.example"),
        ("pay.example", "http://pay.example"),
        ("pay.example", "https://pay.example:8443"),
        ("*.pay.example", "https://pay.example"),
        ("*.pay.example", "https://evilpay.example"),
        ("pay.example", "https://pay.example.evil"),
        ("'unsafe-inline' 'nonce-abc' %%% ://", "https://pay.example"),
    ],
)
def test_a_source_does_not_allow(sources: str, target: str) -> None:
    """What looks alike, what is less secure, and what is no source at all."""
    assert not allows(sources, target)


@pytest.mark.parametrize(
    ("own", "target", "allowed"),
    [
        ("http://shop.example", "https://shop.example", True),
        ("http://shop.example:8000", "https://shop.example", False),
        ("http://shop.example:8000", "http://shop.example:8000", True),
        ("http://shop.example", "https://pay.example", True),
    ],
)
def test_an_insecure_page_may_lead_to_its_secure_self(own: str, target: str, *, allowed: bool) -> None:
    """From http to https on default ports; a source without a scheme has the page's."""
    sources = "'self'" if "shop" in target else "pay.example"

    assert allows(sources, target, own) is allowed


def test_each_policy_counts_and_of_each_its_first_directive() -> None:
    """Lines and commas part policies, semicolons directives; the name is known in any case."""
    fields = (
        (
            b"content-security-policy",
            b"default-src 'self'; Form-Action 'self'  https://a; form-action *, form-action b",
        ),
        (b"content-security-policy-report-only", b"form-action 'none'"),
        (b"content-security-policy", b";; img-src *"),
        (b"content-security-policy", b"form-action"),
    )

    lists = form_actions(fields)

    assert [str(each) for each in lists] == ["form-action 'self' https://a", "form-action b", "form-action 'none'"]
    assert not lists[2].allows(SHOP, SHOP)


@given(st.binary(max_size=80) | st.text(max_size=80).map(lambda text: b"form-action " + text.encode()))
def test_never_raises(policy: bytes) -> None:
    """Whatever a policy says, there is an answer."""
    for each in form_actions(((b"content-security-policy", policy),)):
        assert each.allows(SHOP, SHOP) in {True, False}
        assert str(each).startswith("form-action ")
