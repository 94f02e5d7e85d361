# SPDX-License-Identifier: Apache-2.0
"""What a function has returned, where that is an answer of some HTTP client: httpx, requests, aiohttp, urllib3."""

from collections.abc import Callable

from seeother.message import Status, read_retry_after

from .outcome import Outcome, judge_status

_SUCCESS = Outcome.SUCCESS  # an enum's attribute takes its time


def answer_judge(failing: frozenset[int]) -> Callable[[object], Outcome]:
    """Judges by `status_code` or `status` where a result has one; what has none is a success.

    The breakers that only look at exceptions take a 504 for a success (the article, chapter 3.3).
    """
    least = min([int(Status.TOO_MANY_REQUESTS), *failing])  # below it, every answer is a success

    def judge(result: object) -> Outcome:
        status = getattr(result, "status_code", None)
        if status is None:
            status = getattr(result, "status", None)
        if not isinstance(status, int) or status < least:
            return _SUCCESS
        return judge_status(status, failing)

    return judge


def retry_after_of(result: object, wall_time: float) -> float | None:
    """The seconds that an answer's Retry-After asks for, in either form; None where there is none."""
    get = getattr(getattr(result, "headers", None), "get", None)
    value = get("retry-after") if callable(get) else None
    if not isinstance(value, str):
        return None
    asked = read_retry_after(value.encode("latin-1", "replace"))
    return None if asked is None else asked.delay(wall_time)
