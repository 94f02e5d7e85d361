# SPDX-License-Identifier: Apache-2.0
"""What stands in says what the error does: its status, when to come back, and what became of the action."""

import pytest

from seeother.errors import CallRefused, OutcomeUnknown, PeerError
from seeother.gate.stand_in import says_less, stand_in
from seeother.message import first
from tests.seeother.gate.site import passage

TEXT = ((b"content-type", b"text/plain"),)
REFUSED = CallRefused("payments", "its breaker is open", retry_after=7)
UNKNOWN = OutcomeUnknown("payments", why="it did not answer")


@pytest.mark.parametrize(
    ("error", "status", "wait", "says"),
    [
        (ValueError(), 500, None, b"urn:seeother:problem:not-shown"),
        (PeerError(), 502, None, b"urn:seeother:problem:not-shown"),
        (REFUSED, 503, b"7", b"urn:seeother:problem:not-shown"),
        (UNKNOWN, 504, None, b"urn:seeother:problem:outcome-unknown"),
    ],
)
def test_error_says_more_than_the_status(error: Exception, status: int, wait: bytes | None, says: bytes) -> None:
    """To a machine that asked for a page."""
    here = passage("GET /stock", by=((b"host", b"shop.example"), (b"accept", b"application/json")))

    answer = stand_in(here.request, here.place, here.shared, status=500, error=error)

    assert (answer.status, first(answer.fields, b"retry-after")) == (status, wait)
    assert says in (answer.content or b"")


def test_a_framework_s_default_says_less() -> None:
    """An answer that the application has made for the error is its own."""
    assert says_less(500, TEXT, b"Internal Server Error", REFUSED)
    assert not says_less(503, TEXT, b"Our payment provider is away.", REFUSED)
    assert not says_less(500, TEXT, b"Internal Server Error", ValueError())
    assert not says_less(500, TEXT, b"Internal Server Error", None)
