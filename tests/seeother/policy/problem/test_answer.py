# SPDX-License-Identifier: Apache-2.0
"""The guard's own answers: a page for people, problem details for machines."""

import json
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.message import Request, Response, first, media_type
from seeother.policy.problem import problems
from seeother.policy.problem.answer import PAGE, PROBLEM, is_navigation, offered, problem, wants_page
from seeother.policy.problem.problems import Problem

MACHINE = Request("POST", "/orders")
PERSON = Request("POST", "/orders", fields=((b"sec-fetch-dest", b"document"),))
PROBLEMS = [value for value in vars(problems).values() if isinstance(value, Problem)]
WHY = "<b>because</b>"
LIMIT = 1048576


def filled(request: Request, kind: Problem) -> Response:
    """The answer with whatever the texts may ask for."""
    return problem(request, kind, why=WHY, limit=LIMIT)


FETCH = (b"sec-fetch-dest", b"empty")
BROWSER = (b"accept", b"text/html,application/xhtml+xml,*/*;q=0.8")


@pytest.mark.parametrize(
    ("fields", "media_type"),
    [
        ([(b"sec-fetch-dest", b"document")], PAGE),
        ([(b"sec-fetch-dest", b"iframe")], PAGE),
        ([(b"sec-fetch-dest", b"document"), (b"accept", b"application/json")], PAGE),
        ([FETCH], PROBLEM),
        ([FETCH, (b"accept", b"*/*")], PROBLEM),
        ([FETCH, (b"accept", b"text/html, application/xhtml+xml")], PAGE),  # Turbo shows what it gets
        ([(b"sec-fetch-dest", b"image"), (b"accept", b"image/avif,image/webp,*/*;q=0.8")], PROBLEM),
        ([BROWSER], PAGE),
        ([(b"accept", b"application/json, text/html;q=0.5")], PROBLEM),
        ([(b"accept", b"application/problem+json;q=0.1, text/html;q=0.2")], PAGE),
        ([(b"accept", b"application/json;q=0.1"), (b"accept", b"text/html")], PAGE),
        ([(b"accept", b"text/*")], PAGE),
        ([(b"accept", b"text/html;q=0, */*")], PROBLEM),
        ([(b"accept", b"*/*")], PROBLEM),
        ([], PROBLEM),
        ([(b"accept", b"application/xml")], None),
        ([(b"accept", b"text/plain")], None),
    ],
)
def test_page_is_for_whoever_navigates_or_likes_it_best(
    fields: list[tuple[bytes, bytes]], media_type: bytes | None
) -> None:
    """A browser says what it fetches for, all others what they accept."""
    request = Request("POST", "/", fields=tuple(fields))

    assert offered(request) == media_type
    assert wants_page(request) is (media_type == PAGE)


@pytest.mark.parametrize(
    ("fields", "navigates"),
    [
        ([(b"sec-fetch-mode", b"navigate"), (b"sec-fetch-dest", b"document")], True),
        ([(b"sec-fetch-mode", b"cors"), FETCH, (b"accept", b"text/html")], False),
        ([(b"sec-fetch-mode", b"no-cors"), (b"sec-fetch-dest", b"image")], False),
        ([(b"sec-fetch-dest", b"frame")], True),
        ([FETCH, BROWSER], False),
        ([BROWSER], True),
        ([BROWSER, (b"x-requested-with", b"XMLHttpRequest")], False),
        ([(b"accept", b"*/*")], False),
        ([], False),
    ],
)
def test_navigation_is_told_from_a_fetch(fields: list[tuple[bytes, bytes]], *, navigates: bool) -> None:
    """By what the browser says; over plain http it says nothing, and then by what it accepts."""
    assert is_navigation(Request("GET", "/", fields=tuple(fields))) is navigates


@given(
    lines=st.lists(
        st.tuples(st.sampled_from([b"accept", b"sec-fetch-dest", b"sec-fetch-mode"]), st.binary(max_size=20))
    )
)
def test_any_field_is_negotiated_with(lines: list[tuple[bytes, bytes]]) -> None:
    """Nonsense gets one of the two, or none."""
    request = Request("GET", "/", fields=tuple(lines))

    assert offered(request) in {PAGE, PROBLEM, None}
    assert is_navigation(request) in {True, False}


def test_head_is_told_the_length_alone() -> None:
    """RFC 9110 section 9.3.2."""
    head, get = (problem(Request(method, "/"), problems.KEY_REUSED) for method in ("HEAD", "GET"))

    assert head.fields == get.fields
    assert head.content == b""


@pytest.mark.parametrize("kind", PROBLEMS, ids=[kind.slug for kind in PROBLEMS])
def test_machine_gets_problem_details(kind: Problem) -> None:
    """RFC 9457: type, title, status and a detail with everything filled in."""
    response = filled(MACHINE, kind)

    document = json.loads(response.content)
    assert media_type(response.fields) == b"application/problem+json"
    assert response.status == document["status"] == kind.status
    assert document["type"] == f"urn:seeother:problem:{kind.slug}"
    assert document["title"]
    assert document["detail"] == kind.detail.format(why=WHY, limit=LIMIT)
    assert "{" not in document["detail"]


@pytest.mark.parametrize("kind", PROBLEMS, ids=[kind.slug for kind in PROBLEMS])
def test_person_gets_a_page_in_both_languages_with_a_way_on(kind: Problem) -> None:
    """No script, no style sheet: the words and a link, and nothing in them is markup."""
    response = filled(PERSON, kind)

    page = response.content.decode()
    assert first(response.fields, b"content-type") == b"text/html; charset=utf-8"
    assert response.status == kind.status
    assert kind.detail.format(why=WHY, limit=LIMIT) in unescape(page)
    assert kind.detail_zh.format(why=WHY, limit=LIMIT) in unescape(page)
    assert kind.title_zh in page
    assert '<a href="/">' in page
    assert "<b>" not in page
    assert "<script" not in page


@pytest.mark.parametrize("request_", [MACHINE, PERSON], ids=["machine", "person"])
@pytest.mark.parametrize("kind", PROBLEMS, ids=[kind.slug for kind in PROBLEMS])
def test_problem_is_framed_and_never_stored(request_: Request, kind: Problem) -> None:
    """The length is that of the bytes, and no cache keeps an error."""
    response = filled(request_, kind)

    assert first(response.fields, b"content-length") == str(len(response.content)).encode()
    assert first(response.fields, b"cache-control") == b"no-store"


@given(seconds=st.floats(0, 10**6))
def test_retry_after_is_a_whole_second_at_least(seconds: float) -> None:
    """The field takes whole seconds, and zero would be a busy loop (RFC 9110 section 10.2.3)."""
    value = first(problem(MACHINE, problems.IN_PROGRESS, retry_after=seconds).fields, b"retry-after")

    assert value is not None
    assert int(value) >= 1
    assert abs(int(value) - seconds) <= 1


def test_retry_after_is_the_kind_s_own_unless_given() -> None:
    """A verdict knows better than the table, and where neither says anything there is no such field."""
    assert first(problem(MACHINE, problems.LEDGER_UNAVAILABLE).fields, b"retry-after") == b"5"
    assert first(problem(MACHINE, problems.LEDGER_UNAVAILABLE, retry_after=9).fields, b"retry-after") == b"9"
    assert first(problem(MACHINE, problems.KEY_REUSED).fields, b"retry-after") is None
