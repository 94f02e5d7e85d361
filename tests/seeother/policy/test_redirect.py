# SPDX-License-Identifier: Apache-2.0
"""A redirect is repaired where the rule found it, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.journey import Finding, Severity
from seeother.message import Exchange, Request, ResponseHead
from seeother.policy import see_other
from seeother.rules import judge

FIELDS = ((b"location", b"/orders/7"), (b"set-cookie", b"a=1"))


def exchange(method: str, status: int) -> Exchange:
    """An exchange that is answered with a redirect."""
    return Exchange(Request(method, "/orders", authority=b"shop.example"), ResponseHead(status, FIELDS))


def finding(rule: str, *, repaired: bool = False) -> Finding:
    """A finding of some rule."""
    return Finding(rule, "a-name", Severity.WARNING, "text", "a source", "POST", "/", 302, repaired=repaired)


def test_found_after_post_becomes_see_other() -> None:
    """The status changes, the fields do not, and the finding says that it was mended."""
    seen = exchange("POST", 302)

    head, findings = see_other(seen, judge(seen))

    assert head == ResponseHead(303, FIELDS)
    assert [(each.rule, each.repaired) for each in findings] == [("RED001", True)]


@given(method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]), status=st.integers(200, 399))
def test_nothing_else_is_touched(method: str, status: int) -> None:
    """Whatever the rule finds, only POST with 302 is certain to mean the same to a browser."""
    seen = exchange(method, status)
    found = judge(seen)

    head, findings = see_other(seen, found)

    if (method, status) != ("POST", 302):
        assert head == seen.response
        assert findings == found


@pytest.mark.parametrize(
    "others", [[], [finding("CKE001")], [finding("CKE001", repaired=True)]], ids=["none", "other", "other repaired"]
)
def test_redirect_that_was_not_found_is_left_alone(others: list[Finding]) -> None:
    """A route that is allowed to answer 302 has no finding, and another rule's is not the reason."""
    assert see_other(exchange("POST", 302), others) == (ResponseHead(302, FIELDS), others)


def test_other_findings_are_handed_on_as_they_are() -> None:
    """Only what was mended is marked, and the order stays."""
    _, findings = see_other(exchange("POST", 302), [finding("CKE001"), finding("RED001"), finding("CCH001")])

    assert [(each.rule, each.repaired) for each in findings] == [("CKE001", False), ("RED001", True), ("CCH001", False)]


def test_repaired_redirect_has_no_finding_any_more() -> None:
    """The repair does what the rule asks for."""
    seen = exchange("POST", 302)
    head, _ = see_other(seen, judge(seen))

    assert judge(Exchange(seen.request, head)) == []
