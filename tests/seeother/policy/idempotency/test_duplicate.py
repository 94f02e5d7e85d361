# SPDX-License-Identifier: Apache-2.0
"""What a duplicate gets."""

import json
from dataclasses import replace

import pytest

from seeother.message import Pattern, Request, Response, every, first
from seeother.policy import (
    AfterFinish,
    Finished,
    Idempotency,
    InFlight,
    Mismatch,
    RoutePolicy,
    Running,
    Unknown,
)
from seeother.policy.idempotency.duplicate import is_replay, may_wait, refused

ROUTE = RoutePolicy(Pattern.parse("POST /orders"), idempotency=Idempotency.REQUIRED)
MACHINE = Request("POST", "/orders", fields=((b"accept", b"application/json"),))
PERSON = Request("POST", "/orders", fields=((b"accept", b"text/html"), (b"sec-fetch-mode", b"navigate")))
SCRIPT = Request("POST", "/orders", fields=((b"accept", b"*/*"), (b"sec-fetch-mode", b"cors")))
ANSWER = Response(303, ((b"location", b"/orders/7"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")), b"see there")
SOMEBODY = "somebody"


def kind_of_problem(response: Response) -> tuple[int, str]:
    """Status and name of the guard's own answer."""
    return response.status, json.loads(response.content)["type"].rpartition(":")[2]


@pytest.mark.parametrize(
    ("in_flight", "held"),
    [(InFlight.PEOPLE, [True, False, False]), (InFlight.WAIT, [True] * 3), (InFlight.CONFLICT, [False] * 3)],
)
def test_people_are_held_and_machines_are_told_to_come_again(in_flight: InFlight, held: list[bool]) -> None:
    """Unless the route says otherwise; a script that fetches is a machine."""
    route = replace(ROUTE, in_flight=in_flight)

    assert [may_wait(request, route) for request in (PERSON, MACHINE, SCRIPT)] == held


def test_first_answer_is_given_again_as_it_was() -> None:
    """Status, fields in their order, cookies and bytes; one mark."""
    answer = refused(MACHINE, ROUTE, Finished(ANSWER), SOMEBODY)

    assert answer == Response(303, (*ANSWER.fields, (b"idempotency-replayed", b"true")), ANSWER.content)
    assert every(refused(MACHINE, ROUTE, Finished(answer), SOMEBODY).fields, b"idempotency-replayed") == [b"true"]
    assert is_replay(ROUTE, Finished(ANSWER), SOMEBODY)


@pytest.mark.parametrize(
    ("route", "owner"),
    [(replace(ROUTE, finished=AfterFinish.CONFLICT), SOMEBODY), (ROUTE, None)],
    ids=["the article's 409", "nobody"],
)
def test_first_answer_is_not_given_to_whoever_may_be_a_stranger(route: RoutePolicy, owner: str | None) -> None:
    """It has somebody's cookies; that it was done is no secret from whoever has the key."""
    answer = refused(MACHINE, route, Finished(ANSWER), owner)

    assert kind_of_problem(answer) == (409, "already-done")
    assert first(answer.fields, b"set-cookie") is None
    assert not is_replay(route, Finished(ANSWER), owner)


@pytest.mark.parametrize(
    ("verdict", "expected", "retry_after"),
    [
        (Mismatch(), (422, "key-reused"), None),
        (Unknown(), (409, "outcome-unknown"), None),
        (Running(7.0), (409, "in-progress"), b"7"),
    ],
    ids=["mismatch", "unknown", "running"],
)
def test_each_verdict_has_its_answer(
    verdict: Running | Mismatch | Unknown, expected: tuple[int, str], retry_after: bytes | None
) -> None:
    """And none of them counts as a replay."""
    answer = refused(MACHINE, ROUTE, verdict, SOMEBODY)

    assert kind_of_problem(answer) == expected
    assert first(answer.fields, b"retry-after") == retry_after
    assert not is_replay(ROUTE, verdict, SOMEBODY)


@pytest.mark.parametrize("verdict", [Running(1.0), Mismatch(), Unknown(), Finished(ANSWER)], ids=str)
def test_a_person_s_duplicate_leads_on_to_the_outcome_page(verdict: Running | Mismatch | Unknown | Finished) -> None:
    """Where to look is what the page says; without a declared page it leads to the site's front."""
    declared = replace(ROUTE, outcome_page="/orders/last?a=1&b=2")

    pages = [refused(PERSON, route, verdict, None) for route in (ROUTE, declared)]

    assert [b'href="/"' in page.content for page in pages] == [True, False]
    assert b'href="/orders/last?a=1&amp;b=2"' in pages[1].content
    assert first(pages[0].fields, b"refresh") is None  # the browser would come back with GET
