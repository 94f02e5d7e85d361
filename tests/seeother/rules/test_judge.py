# SPDX-License-Identifier: Apache-2.0
"""Judging exchanges by the catalogue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.journey import UNDECLARED, Declaration, Finding, RouteKind, Severity
from seeother.message import Exchange, Fields, Request, ResponseHead
from seeother.rules import CATALOGUE, Docket, OnExchange, judge
from seeother.rules.rule import METHODS


def exchange(method: str, status: int, location: bytes, *, path: str = "/orders", query: bytes = b"") -> Exchange:
    """An exchange with https://shop.example that is answered with a redirect."""
    request = Request(method=method, path=path, query=query, scheme="https", authority=b"shop.example")
    return Exchange(request, ResponseHead(status, ((b"location", location),)))


def test_finding_carries_the_exchange_and_the_rule() -> None:
    """A finding names rule, source, method, URL, status and evidence."""
    found = judge(exchange("POST", 302, b"/orders/7", query=b"from=cart"))

    assert found[0:1] == [
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


@pytest.mark.parametrize("method", sorted(METHODS | {"QUERY", "post", ""}))
@pytest.mark.parametrize("status", [200, 204, 301, 302, 303, 307, 404, 429, 503])
@pytest.mark.parametrize("fields", [(), ((b"location", b"/"), (b"retry-after", b"1"), (b"set-cookie", b"a=b"))])
@pytest.mark.parametrize("declaration", [UNDECLARED, Declaration(RouteKind.ACTION, "submit_order")])
def test_suspects_are_the_checks_whose_scope_fits(
    method: str, status: int, fields: Fields, declaration: Declaration
) -> None:
    """The table says the same as the checks' own scopes."""
    names = {name for name, _ in fields}
    expected = [
        check
        for rule in CATALOGUE
        for check in rule.checks
        if isinstance(check, OnExchange)
        and method in check.methods
        and status in check.statuses
        and (not check.fields or check.fields & names)
        and check.where(declaration)
    ]

    suspects = Docket(declaration).suspects(method, status, fields, with_content=True)

    assert [suspect.check for suspect in suspects] == expected


def test_what_needs_content_is_left_out_without_it() -> None:
    """A check of a page is not made on a head."""
    suspects = Docket().suspects("GET", 200, (), with_content=False)

    assert not any(suspect.check.needs_content for suspect in suspects)


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
