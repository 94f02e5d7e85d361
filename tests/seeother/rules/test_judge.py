# SPDX-License-Identifier: Apache-2.0
"""Judging exchanges by the catalogue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.journey import Finding, Severity
from seeother.message import Exchange, Request, ResponseHead
from seeother.rules import CATALOGUE, judge, suspects


def exchange(method: str, status: int, location: bytes, *, path: str = "/orders", query: bytes = b"") -> Exchange:
    """An exchange with https://shop.example that is answered with a redirect."""
    request = Request(method=method, path=path, query=query, scheme="https", authority=b"shop.example")
    return Exchange(request, ResponseHead(status, ((b"location", location),)))


def test_finding_carries_the_exchange_and_the_rule() -> None:
    """A finding names rule, source, method, URL, status and evidence."""
    found = judge(exchange("POST", 302, b"/orders/7", query=b"from=cart"))

    assert found == [
        Finding(
            rule="RED001",
            name="ambiguous-redirect-after-action",
            severity=Severity.WARNING,
            message="`POST /orders` was answered `302`, which leaves open whether a GET follows.",
            source="RFC 9110 15.4.3, 15.4.4",
            method="POST",
            url="https://shop.example/orders?from=cart",
            status=302,
            evidence={"location": "/orders/7"},
        )
    ]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "GET", "HEAD", "QUERY", "post", ""])
@pytest.mark.parametrize("status", [200, 301, 302, 303, 307, 308, 404])
def test_suspects_are_the_rules_whose_scope_fits(method: str, status: int) -> None:
    """The table says the same as the rules' own scopes."""
    expected = tuple(rule for rule in CATALOGUE if method in rule.methods and status in rule.statuses)

    assert suspects(method, status) == expected


def test_nothing_is_suspected_of_a_plain_answer() -> None:
    """The usual exchange costs one look-up."""
    assert suspects("GET", 200) == ()


@given(
    method=st.sampled_from(["POST", "PUT", "DELETE"]) | st.text(max_size=8),
    status=st.sampled_from([301, 302]) | st.integers(0, 999),
    location=st.binary(max_size=40)
    | st.sampled_from([b"//[", b"http://[::1", b"\\\\evil", b"http://\xff:x/", b"?", b"#"]),
    path=st.text(st.characters(), max_size=20) | st.just("/\ud800"),
    query=st.binary(max_size=20),
)
def test_never_raises(method: str, status: int, location: bytes, path: str, query: bytes) -> None:
    """Whatever a peer sends, a verdict comes out."""
    found = judge(exchange(method, status, location, path=path, query=query))

    assert all(finding.status == status for finding in found)
