# SPDX-License-Identifier: Apache-2.0
"""The report as a document for programs."""

import json

import pytest

from seeother.audit import Recording, Report, audit_recording, to_document
from seeother.journey import Finding, Severity
from seeother.message import Exchange, Request, ResponseHead


def exchange(method: str = "POST", status: int = 302, location: bytes = b"/orders/7") -> Exchange:
    """An exchange with the shop."""
    request = Request(method, "/orders", query=b"token=abc&page=2", scheme="https", authority=b"shop.example")
    return Exchange(request, ResponseHead(status, ((b"location", location),)))


def report(*severities: Severity, target: str = "a.har") -> Report:
    """A report with one finding of each severity."""
    finding = {
        "rule": "RED001",
        "name": "n",
        "message": "m",
        "source": "s",
        "method": "POST",
        "url": "u",
        "status": 302,
    }
    return Report(target, 3, tuple([Finding(severity=severity, **finding) for severity in severities]))  # type: ignore[arg-type]


def test_document_of_one_target() -> None:
    """Exactly the members that are promised, and nothing secret among them."""
    recording = Recording(((2, exchange("GET")), (7, exchange(location=b"/orders/7?key=abc"))), left_out=5)

    document = to_document([audit_recording("checkout.har", recording)])

    assert json.loads(json.dumps(document)) == {
        "target": "checkout.har",
        "exchanges": 2,
        "findings": [
            {
                "rule": "RED001",
                "name": "ambiguous-redirect-after-action",
                "severity": "warning",
                "method": "POST",
                "url": "https://shop.example/orders?token=[redacted]&page=2",
                "status": 302,
                "message": "`POST /orders` was answered `302`, which leaves open whether a GET follows.",
                "source": "RFC 9110 15.4.3, 15.4.4",
                "evidence": {"location": "/orders/7?key=[redacted]"},
                "exchange": 7,
            }
        ],
        "summary": {"error": 0, "warning": 1, "advice": 0},
    }


def test_document_of_several_targets() -> None:
    """Each target's document in order, and the sum."""
    first, second = report(Severity.ERROR, target="a.har"), report(Severity.ADVICE, Severity.ERROR, target="b.har")

    document = to_document([first, second])

    assert document == {
        "audits": [to_document([first]), to_document([second])],
        "summary": {"error": 2, "warning": 0, "advice": 1},
    }


@pytest.mark.parametrize(
    ("severities", "failed_at"),
    [
        ([], []),
        ([Severity.ADVICE], ["advice"]),
        ([Severity.WARNING], ["warning", "advice"]),
        ([Severity.ADVICE, Severity.ERROR], ["error", "warning", "advice"]),
    ],
)
def test_fails_from_the_given_severity_on(severities: list[Severity], failed_at: list[str]) -> None:
    """A finding counts when it is as bad as asked, or worse."""
    audited = report(*severities)

    assert [severity.value for severity in Severity if audited.is_failed(severity)] == failed_at
