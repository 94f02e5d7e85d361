# SPDX-License-Identifier: Apache-2.0
"""The table at the head of `ending.py`, line by line."""

from dataclasses import replace
from datetime import timedelta

import pytest

from seeother.message import Pattern, Response, first
from seeother.policy import (
    Abandon,
    AfterCrash,
    Granted,
    Idempotency,
    LedgerKey,
    Oversize,
    Release,
    RoutePolicy,
    Settle,
    Streamed,
)
from seeother.policy.idempotency.ending import CALLBACK_SECONDS, ECHO_SECONDS, KEEP_SECONDS, after_failure, ending
from seeother.policy.idempotency.redirected import ANSWER_FIELD

ROUTE = RoutePolicy(Pattern.parse("POST /orders"), idempotency=Idempotency.REQUIRED)
CALLBACK = replace(ROUTE, idempotency=Idempotency.CALLBACK)
FORM = replace(ROUTE, idempotency=Idempotency.FORM, window=timedelta(seconds=20))
RERUN = replace(ROUTE, after_crash=AfterCrash.RERUN)
TRANSACTIONAL = replace(ROUTE, transactional=True)
SUCCESSES = replace(ROUTE, remember=frozenset({2}))
FIVES = replace(ROUTE, remember=frozenset({2, 3, 4, 5}))
DIALOGUE = replace(ROUTE, dialogue=frozenset({422, 500}))
FOURS = replace(CALLBACK, remember=frozenset({4}))
GRANTED = Granted(LedgerKey("a scope", "k1"), 7)

ENDINGS = [
    *[(ROUTE, status, Settle) for status in (200, 201, 204, 302, 303, 400, 404, 409, 410, 422, 499)],
    *[(ROUTE, status, Release) for status in (408, 425, 429, 503)],
    *[(ROUTE, status, Abandon) for status in (500, 501, 502, 504, 599)],
    *[(DIALOGUE, 422, Release), (DIALOGUE, 500, Release), (DIALOGUE, 400, Settle), (DIALOGUE, 502, Abandon)],
    *[(RERUN, 200, Settle), (RERUN, 500, Release), (RERUN, 504, Release), (RERUN, 404, Settle)],
    *[(TRANSACTIONAL, 303, Settle), (TRANSACTIONAL, 500, Release)],
    *[(SUCCESSES, 200, Settle), (SUCCESSES, 303, Release), (SUCCESSES, 404, Release), (SUCCESSES, 500, Abandon)],
    *[(FIVES, 500, Settle), (FIVES, 503, Release), (FIVES, 429, Release)],
    *[(CALLBACK, 200, Settle), (CALLBACK, 204, Settle), (CALLBACK, 303, Release), (CALLBACK, 404, Release)],
    *[(CALLBACK, 500, Abandon), (CALLBACK, 503, Release), (FOURS, 404, Release), (FOURS, 200, Settle)],
]


@pytest.mark.parametrize(("route", "status", "kind"), ENDINGS, ids=[f"{i}-{e[1]}" for i, e in enumerate(ENDINGS)])
def test_answer_is_remembered_released_or_unknown_by_its_status(
    route: RoutePolicy, status: int, kind: type[Settle | Release | Abandon]
) -> None:
    """With a key of its own an answer is remembered for a day, a callback's for longer than its sender tries."""
    answer = Response(status, ((b"x", b"y"),), b"content")

    keep = CALLBACK_SECONDS if route.idempotency is Idempotency.CALLBACK else KEEP_SECONDS
    notes = (Settle(GRANTED, answer, keep), Release(GRANTED), Abandon(GRANTED))
    expected = next(note for note in notes if type(note) is kind)
    assert ending(route, GRANTED, answer, by_content=False) == expected


@pytest.mark.parametrize(
    ("status", "keep"),
    [(200, 20.0), (303, 20.0), (400, ECHO_SECONDS), (409, ECHO_SECONDS), (422, ECHO_SECONDS), (429, None), (503, None)],
)
def test_form_without_a_key_is_remembered_for_the_window(status: int, keep: float | None) -> None:
    """An error only for those who wait for it; what was not acted upon not at all."""
    answer = Response(status)

    expected = Release(GRANTED) if keep is None else Settle(GRANTED, answer, keep)
    assert ending(FORM, GRANTED, answer, by_content=True) == expected


def test_form_shown_again_reaches_those_who_wait() -> None:
    """A dialogue frees a key, and there is none: so it is an echo."""
    dialogue = replace(FORM, dialogue=frozenset({422}))

    assert ending(dialogue, GRANTED, Response(422), by_content=True) == Settle(GRANTED, Response(422), ECHO_SECONDS)
    assert ending(dialogue, GRANTED, Response(422), by_content=False) == Release(GRANTED)


@pytest.mark.parametrize("by_content", [True, False])
def test_error_of_the_server_is_unknown_in_mode_form_too(*, by_content: bool) -> None:
    """Whether something happened nobody knows."""
    assert ending(FORM, GRANTED, Response(500), by_content=by_content) == Abandon(GRANTED)


@pytest.mark.parametrize(
    ("route", "kind"), [(ROUTE, Abandon), (RERUN, Release), (TRANSACTIONAL, Release)], ids=["", "rerun", "transaction"]
)
def test_failure_frees_the_key_only_where_running_again_does_no_harm(
    route: RoutePolicy, kind: type[Abandon | Release]
) -> None:
    """Cancellation and crash are unknown, not "did not run"."""
    assert after_failure(route, GRANTED) == kind(GRANTED)


@pytest.mark.parametrize("status", [200, 303, 404, 500])
def test_answer_too_long_to_be_kept_is_unknown(status: int) -> None:
    """It cannot be given again, and the action must not be run again."""
    assert ending(ROUTE, GRANTED, Streamed(status, 1 << 21, b"d" * 32), by_content=False) == Abandon(GRANTED)


def test_answer_too_long_to_be_kept_may_lead_on() -> None:
    """Its digest and the way to the outcome page stand for it."""
    route = replace(ROUTE, oversize=Oversize.REDIRECT, outcome_page="/orders/last")

    settle = ending(route, GRANTED, Streamed(200, 1 << 21, b"d" * 32), by_content=False)

    assert isinstance(settle, Settle)
    assert (settle.answer.status, settle.keep) == (303, KEEP_SECONDS)
    assert first(settle.answer.fields, b"location") == b"/orders/last"
    said = b"sha-256=:ZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGRkZGQ=:; status=200; length=2097152"
    assert first(settle.answer.fields, ANSWER_FIELD) == said


def test_error_too_long_to_be_kept_leads_nowhere() -> None:
    """An outcome page would say that it was done."""
    route = replace(ROUTE, oversize=Oversize.REDIRECT, outcome_page="/orders/last")

    assert ending(route, GRANTED, Streamed(500, 1 << 21, b""), by_content=False) == Abandon(GRANTED)
