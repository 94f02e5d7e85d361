# SPDX-License-Identifier: Apache-2.0
"""Whatever an application answers, repairing it never fails and never makes it worse."""

from hypothesis import given, settings
from hypothesis import strategies as st

from seeother.journey import UNDECLARED, Declaration, Finding, RouteKind, Severity
from seeother.message import (
    REDIRECTS,
    Exchange,
    Field,
    Fields,
    Origin,
    Request,
    ResponseHead,
    every,
    first,
    has_content,
)
from seeother.policy import Answer, repaired
from seeother.rules import judge
from tests.seeother.policy.repair.answering import BROWSER, SCRIPT, exchange, mended, terms

NAMES = (b"location", b"refresh", b"retry-after", b"set-cookie", b"cache-control", b"expires", b"pragma", b"vary",
         b"content-type", b"content-length", b"content-encoding", b"date", b"cdn-cache-control", b"etag")  # fmt: skip
VALUES = (b"", b"/orders/7", b"/orders", b"https://shop.example/x", b"http://shop.example/orders", b"//evil.example",
          b"/\\shop.example/x", b"http://app:8000/x?a=b#c", b"javascript:x", b"/login", b"0", b"5", b"120",
          b"Tue, 25 Nov 2026 10:02:00 GMT", b"Wed, 25 Nov 2026 11:00:00 GMT", b"sessionid=a; Path=/", b"theme=dark",
          b"public, max-age=60", b"no-store", b"private", b"no-cache", b"*", b"Cookie", b"text/html", b"text/plain",
          b"application/json", b"application/problem+json", b"gzip")  # fmt: skip
CONTENTS = (None, b"", b"Not Found", b"Internal Server Error", b'{"detail":"Not Found"}', b'{"status": 500}', b"[]",
            b"<p>Hello</p>", b'<meta http-equiv="refresh" content="1">', b"Service Unavailable")  # fmt: skip
fields = st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES) | st.binary(max_size=12))
exchanges = st.builds(
    Exchange,
    st.builds(
        Request,
        st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "QUERY"]),
        st.sampled_from(["/orders", "/", "/login", "/api/x"]),
        st.sampled_from([b"", b"next=//evil.example"]),
        st.sampled_from(["http", "https"]),
        st.sampled_from([b"shop.example", b"app:8000", b"", b"\xff"]),
        st.sampled_from([BROWSER, SCRIPT, (), (*BROWSER, (b"cookie", b"sessionid=a"))]),
    ),
    st.builds(
        ResponseHead,
        st.sampled_from(
            [200, 201, 202, 204, 301, 302, 303, 304, 307, 308, 400, 404, 409, 422, 429, 500, 502, 503, 599]
        ),
        st.lists(fields, max_size=6).map(tuple),
    ),
    st.sampled_from(CONTENTS) | st.binary(max_size=20),
    st.none() | st.just(1_795_600_800.0),
)
declarations = st.builds(
    Declaration,
    st.sampled_from([None, *RouteKind]),
    st.sampled_from([None, "address"]),
    st.sampled_from([None, Origin("https", "shop.example", 443)]),
    st.sampled_from([frozenset[str](), frozenset({"pay.example"})]),
    prefix=st.sampled_from(["", "/shop"]),
)
ABOUT_ONE_CONTENT = {b"content-encoding", b"etag"}


def finding(rule: str, *, is_repaired: bool = False) -> Finding:
    """A finding of some rule."""
    return Finding(rule, "a-name", Severity.WARNING, "text", "a source", "POST", "/", 302, repaired=is_repaired)


@settings(max_examples=400)
@given(seen=exchanges, declaration=declarations)
def test_never_worse(seen: Exchange, declaration: Declaration) -> None:
    """No cookie is lost, the status stays in its class but for what is refused, content and its fields agree."""
    wanted = terms(declaration, problems=True)
    answer, findings = repaired(seen, judge(seen, declaration), wanted)
    again = Exchange(seen.request, ResponseHead(answer.status, answer.fields), answer.content, seen.at)
    marked = {each.rule for each in findings if each.repaired}

    assert len(every(answer.fields, b"set-cookie")) == len(every(seen.response.fields, b"set-cookie"))
    assert not marked & {each.rule for each in judge(again, declaration)}
    if answer.status // 100 != seen.response.status // 100:
        assert seen.response.status in REDIRECTS
        assert answer.status in {401, 409}
        assert first(answer.fields, b"location") is None
    assert (answer.content is None) == (seen.content is None)
    if answer.content != seen.content:
        assert answer.content is not None
        assert has_content(seen.request.method, answer.status) or not answer.content
        lengths = every(answer.fields, b"content-length")
        assert len(lengths) == 1
        assert seen.request.method == "HEAD" or lengths == [b"%d" % len(answer.content)]
        assert not ABOUT_ONE_CONTENT & {name for name, _ in answer.fields}


@settings(max_examples=200)
@given(seen=exchanges, declaration=declarations)
def test_nothing_wanted_nothing_done(seen: Exchange, declaration: Declaration) -> None:
    """Not a byte, and no mark."""
    found = judge(seen, declaration)

    assert repaired(seen, found, terms(declaration, enabled=frozenset())) == (
        Answer(*seen.response, seen.content),
        found,
    )


def test_no_finding_no_repair() -> None:
    """A route that is allowed to answer 302 has no finding, and another rule's is not the reason."""
    location: Fields = ((b"location", b"/orders/7"),)
    seen = exchange("POST /orders", 302, *location)
    others = [finding("GRD001"), finding("GRD001", is_repaired=True)]

    assert repaired(seen, others, terms()) == (Answer(302, location, b""), others)


def test_findings_keep_their_order() -> None:
    """Only what was mended is marked."""
    location: Field = (b"location", b"/orders/7")
    _, findings = repaired(
        exchange("POST /orders", 302, location), [finding("GRD001"), finding("RED001"), finding("IDM001")], terms()
    )

    assert [(each.rule, each.repaired) for each in findings] == [("GRD001", False), ("RED001", True), ("IDM001", False)]


def test_healthy_answer_is_the_same_answer() -> None:
    """Nothing is touched."""
    seen = exchange("POST /orders", 303, (b"location", b"/orders/7"), content=None)

    assert mended(seen, terms(UNDECLARED)) == (Answer(*seen.response, None), [])
