# SPDX-License-Identifier: Apache-2.0
"""What returned answers of HTTP clients say."""

from email.message import Message
from types import SimpleNamespace

import httpx2
import pytest

from seeother.breaker import FAILING, Outcome, answer_judge, retry_after_of


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        (httpx2.Response(504), Outcome.FAILURE),
        (httpx2.Response(429), Outcome.BACK_PRESSURE),
        (httpx2.Response(404), Outcome.SUCCESS),
        (SimpleNamespace(status=503), Outcome.FAILURE),  # aiohttp, urllib3
        (SimpleNamespace(status="paid"), Outcome.SUCCESS),  # an order
        (503, Outcome.SUCCESS),  # a number is no answer
        (None, Outcome.SUCCESS),
    ],
)
def test_a_returned_status_is_seen(result: object, outcome: Outcome) -> None:
    """It is nothing that was raised, and counts all the same."""
    assert answer_judge(FAILING)(result) is outcome


def test_other_statuses_may_fail() -> None:
    """Whatever the policy names, and below 429 too."""
    judge = answer_judge(frozenset({404, 500}))

    assert judge(httpx2.Response(404)) is judge(httpx2.Response(500)) is Outcome.FAILURE
    assert judge(httpx2.Response(503)) is judge(httpx2.Response(400)) is Outcome.SUCCESS
    assert answer_judge(frozenset())(httpx2.Response(429)) is Outcome.BACK_PRESSURE


def test_retry_after_is_read_in_both_forms() -> None:
    """Seconds, or a date less the present; what has none or says nonsense asks for nothing."""
    date = "Fri, 15 Jan 2027 08:00:30 GMT"  # 30 s after 1,800,000,000 s since the epoch

    assert retry_after_of(httpx2.Response(503, headers={"Retry-After": "7"}), 1_800_000_000.0) == 7.0
    assert retry_after_of(httpx2.Response(503, headers={"Retry-After": date}), 1_800_000_000.0) == 30.0
    assert retry_after_of(httpx2.Response(503, headers={"Retry-After": "soon"}), 1_800_000_000.0) is None
    assert retry_after_of(httpx2.Response(503), 0.0) is None
    assert retry_after_of("text", 0.0) is None
    assert retry_after_of(SimpleNamespace(headers="none"), 0.0) is None


def test_the_standard_library_s_answers_are_read() -> None:
    """Their headers are an e-mail's."""
    headers = Message()
    headers["Retry-After"] = "7"

    assert retry_after_of(SimpleNamespace(status=503, headers=headers), 0.0) == 7.0
