# SPDX-License-Identifier: Apache-2.0
"""What a function has returned, where that is an answer of some HTTP client: httpx, requests, aiohttp, urllib3."""

from seeother.message import read_retry_after

from .outcome import Outcome, judge_status


def judge_answer(result: object) -> Outcome:
    """By `status_code` or `status` where the result has one; what has none is a success.

    The breakers that only look at exceptions take a 504 for a success (the article, chapter 3.3).
    """
    status = getattr(result, "status_code", None)
    if status is None:
        status = getattr(result, "status", None)
        if status is None:
            return Outcome.SUCCESS
    return judge_status(status) if isinstance(status, int) else Outcome.SUCCESS


def retry_after_of(result: object, wall_time: float) -> float | None:
    """The seconds that an answer's Retry-After asks for, in either form; None where there is none."""
    get = getattr(getattr(result, "headers", None), "get", None)
    value = get("retry-after") if callable(get) else None
    if not isinstance(value, str):
        return None
    asked = read_retry_after(value.encode("latin-1", "replace"))
    return None if asked is None else asked.delay(wall_time)
