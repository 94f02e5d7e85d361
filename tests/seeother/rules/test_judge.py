# SPDX-License-Identifier: Apache-2.0
"""Judging exchanges by the catalogue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.journey import UNDECLARED, Declaration, Finding, Incident, IncidentKind, RouteKind, Severity, Trail
from seeother.message import Exchange, Field, Fields, Origin, Request, ResponseHead
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


LINES: list[Field] = [
    (b"location", b"//["), (b"location", b"http://[::1"), (b"location", b"\\\\evil"), (b"location", b"javascript:x"),
    (b"location", b"http://\xff:x/"), (b"location", b"?token=1#x"), (b"location", b"/orders/"), (b"location", b""),
    (b"retry-after", b"soon"), (b"retry-after", b"Tue, 15 Nov 2023 12:45:26 GMT"), (b"retry-after", b"9" * 400),
    (b"content-type", b"text/html"), (b"content-type", b"application/json"),
    (b"content-type", b"application/problem+json"), (b"set-cookie", b"sessionid=1"),
    (b"set-cookie", b"=;=;Max-Age=x;Expires=never;SameSite"), (b"cache-control", b"max-age=x, public,,"),
    (b"cache-control", b"no-store"), (b"expires", b"0"), (b"pragma", b"\xff"), (b"refresh", b";url"),
    (b"refresh", b"3"),
    (b"content-security-policy", b"form-action 'self' https://*:*/%zz"), (b"traceparent", b"00"),
    (b"x-journey-id", b"\x00"), (b"vary", b"*"), (b"link", b"<"),
]  # fmt: skip
ASKED: list[Field] = [
    (b"cookie", b"sessionid=1"), (b"cookie", b"=\xff;"), (b"accept", b"application/json"),
    (b"accept", b"text/html;q=x"), (b"origin", b"https://shop.example"), (b"origin", b"null"),
    (b"sec-fetch-site", b"cross-site"), (b"sec-fetch-mode", b"navigate"), (b"sec-fetch-mode", b"cors"),
    (b"sec-fetch-dest", b"document"), (b"content-type", b"application/x-www-form-urlencoded"),
    (b"content-length", b"-1"), (b"idempotency-key", b'"'), (b"access-control-request-method", b"POST"),
    (b"sec-purpose", b"prefetch"), (b"referer", b"//["), (b"traceparent", b"00-" + b"1" * 52),
]  # fmt: skip
CONTENT = [None, b"", b"<html>", b"<form method=post><input name=a>", b'<meta http-equiv=refresh content="0;url=//[">',
           b'{"error": 1}', b'{"status": 500}', b"[" * 3000, b"\xff\xfe", b'{"success": false}']  # fmt: skip
STATUSES = [200, 201, 204, 301, 302, 303, 307, 308, 400, 404, 409, 422, 429, 500, 503]
JUNK = st.tuples(st.sampled_from([b"location", b"set-cookie"]), st.binary(max_size=40))
requests = st.builds(
    Request,
    method=st.sampled_from(sorted(METHODS)) | st.text(max_size=8),
    path=st.sampled_from(["/orders", "/cart", "/orders/", "/login", "/\ud800"]) | st.text(st.characters(), max_size=20),
    query=st.binary(max_size=20),
    scheme=st.just("https"),
    authority=st.just(b"shop.example"),
    fields=st.lists(st.sampled_from(ASKED), max_size=5).map(tuple),
    client=st.none(),
)
heads = st.builds(
    ResponseHead,
    status=st.sampled_from(STATUSES) | st.integers(0, 999),
    fields=st.lists(st.sampled_from(LINES) | JUNK, max_size=5).map(tuple),
)
exchanges = st.builds(
    Exchange, request=requests, response=heads, content=st.sampled_from(CONTENT), at=st.none() | st.floats(0, 100)
)
declarations = st.builds(
    Declaration,
    kind=st.none() | st.sampled_from(RouteKind),
    step=st.none() | st.just("pay"),
    site=st.none() | st.just(Origin("https", "shop.example", 443)),
    target_hosts=st.sampled_from([frozenset[str](), frozenset({"pay.example"})]),
    statuses=st.none() | st.just(frozenset({303})),
    preserves_method=st.booleans(),
    needs_key=st.booleans(),
    prefix=st.sampled_from(["", "/shop"]),
)


@given(exchange=exchanges, declaration=declarations)
def test_never_raises_over_an_exchange(exchange: Exchange, declaration: Declaration) -> None:
    """Whatever a peer sends and an operator declares, a verdict comes out, each rule's once and in order."""
    found = [finding.rule for finding in judge(exchange, declaration)]

    assert found == sorted(set(found))


@given(trail=st.lists(exchanges, max_size=4), declaration=declarations)
def test_never_raises_over_a_trail(trail: list[Exchange], declaration: Declaration) -> None:
    """However the exchanges of a person follow each other, each finding names one of them."""
    found = judge(Trail(tuple(trail), (declaration,) * len(trail)))

    assert all(finding.exchange is not None and 1 <= finding.exchange <= len(trail) for finding in found)


@given(
    kind=st.sampled_from(IncidentKind),
    request=st.none() | requests,
    detail=st.dictionaries(st.sampled_from(["status", "location", "why", "sent", "refused"]), st.text(max_size=20)),
)
def test_never_raises_over_an_incident(kind: IncidentKind, request: Request | None, detail: dict[str, str]) -> None:
    """With or without a request, and whatever was noted: somebody hears of each incident."""
    assert judge(Incident(kind, request, 0, detail))
