# SPDX-License-Identifier: Apache-2.0
"""One exchange on its way through the gate: judged, repaired, identified and recorded."""

from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.errors import CallerError
from seeother.journey import IncidentKind
from seeother.message import Field, Fields, every, first
from seeother.rules import Docket
from tests.seeother.gate.site import MACHINE, ORDER, back, findings, gate, passage

FOUND: Fields = ((b"location", b"/orders/7"),)


def test_what_is_found_is_mended_and_told() -> None:
    """A repair is never silent."""
    with findings() as found:
        answer = passage().answered(302, FOUND, b"see there")

    assert answer.status == 303
    assert [(finding.rule, finding.repaired) for finding in found if finding.rule == "RED001"] == [("RED001", True)]


def test_observe_reports_and_changes_nothing() -> None:
    """The answer leaves as it came, finding or not."""
    here = passage(at=gate(site={"mode": "observe"}))

    with findings() as found:
        answer = here.leaving(*here.answered(302, FOUND, b"see there"))

    assert (answer.status, answer.fields, answer.content) == (302, FOUND, b"see there")
    assert "RED001" in [finding.rule for finding in found]


def test_strict_raises_what_it_has_told() -> None:
    """A test fails, and the finding has been heard of all the same."""
    here = passage(at=gate(site={"mode": "strict"}))

    with findings() as found, pytest.raises(CallerError, match="RED001"):
        here.answered(302, FOUND, b"see there")

    assert "RED001" in [finding.rule for finding in found]


@pytest.mark.parametrize(
    ("content", "detail"), [(b'{"error": "sold out", "left": 2}', None), (b'{"detail": "Conflict"}', b"Conflict")]
)
def test_own_json_errors_become_problem_details_where_the_route_asks_for_it(
    content: bytes, detail: bytes | None
) -> None:
    """No rule finds fault with them, so no finding asks for it: the route does."""
    fields: Fields = ((b"content-type", b"application/json"),)
    asking = passage(by=MACHINE, at=gate(route=[{**ORDER, "problems": True}]))
    silent = passage(by=MACHINE, at=gate(route=[ORDER]))

    with findings() as found:
        stated = asking.answered(409, fields, content)
        left = silent.answered(409, fields, content)

    assert first(stated.fields, b"content-type") == b"application/problem+json"
    assert b'"status": 409' in (stated.content or b"")
    assert (detail or b'"left": 2') in (stated.content or b"")
    assert left.content == content
    assert "ERR002" not in [finding.rule for finding in found]


@pytest.mark.parametrize("status", [500, 502, 504])
def test_unknown_outcome_of_an_action_leads_to_the_page_about_it(status: int) -> None:
    """Neither "failed", which invites a second try, nor "done"; cookies go along."""
    here = passage(at=gate(route=[{**ORDER, "outcome_page": "/orders/pending"}]))

    with findings() as found:
        fields = ((b"set-cookie", b"a=1"), (b"content-type", b"text/plain"))
        answer = here.leaving(*here.answered(status, fields, b"oh"))

    assert (answer.status, first(answer.fields, b"location")) == (303, b"/orders/pending")
    assert b"a=1" in every(answer.fields, b"set-cookie")
    assert answer.content != b"oh"
    assert [finding.rule for finding in found].count("JNY006") == 1


@pytest.mark.parametrize(
    ("exchange", "by", "status"),
    [
        ("POST /orders", MACHINE, 500),
        ("GET /cart", None, 500),
        ("POST /orders", None, 503),
        ("POST /orders", None, 422),
    ],
)
def test_other_failures_keep_their_status(exchange: str, by: tuple[Field, ...] | None, status: int) -> None:
    """A machine reads the status; a safe request did nothing; 503 and 4xx say that nothing was done."""
    here = passage(exchange) if by is None else passage(exchange, by=by)

    assert here.leaving(status, (), b"oh").status == status


@pytest.mark.parametrize("accept", [b"text/html, image/gif, *; q=.2, */*; q=.2", b"*/*"])
def test_who_calls_back_is_told_that_it_failed(accept: bytes) -> None:
    """The first is what Java's HttpURLConnection sends, which follows a redirect and reports the 200 at its end."""
    here = passage(at=gate(route=[{**ORDER, "kind": "callback"}]), by=((b"host", b"shop.example"), (b"accept", accept)))

    assert here.leaving(500, (), b"oh").status == 500


def test_a_route_may_leave_the_error_as_it_is() -> None:
    """Whoever has a page of their own for it keeps it; the finding is theirs as well."""
    here = passage(at=gate(route=[{**ORDER, "leave": ["JNY006"]}]))

    assert here.leaving(502, (), b"oh").status == 502


def test_the_finding_names_the_status_that_the_application_gave() -> None:
    """The person is led on with 303; what went wrong was 502."""
    with findings() as found:
        passage().leaving(502, (), b"oh")

    assert [(finding.rule, finding.status) for finding in found] == [("JNY006", 502)]


def test_strict_raises_the_finding_and_not_a_failure_of_the_guard() -> None:
    """A test must read what is wrong with the shop, not that the guard has stumbled over saying so."""
    here = passage(at=gate(site={"mode": "strict"}))

    with findings() as found, pytest.raises(CallerError, match="JNY006"):
        here.leaving(500, (), b"oh")

    assert [finding.rule for finding in found] == ["JNY006"]


def test_an_error_of_the_guard_s_own_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exchange passes as if there were no guard, and somebody hears of it."""

    def broken(*_any: object, **_named: object) -> NoReturn:
        raise ZeroDivisionError

    monkeypatch.setattr(Docket, "suspects", broken)

    with findings() as found:
        answer = passage().answered(302, FOUND, b"")

    assert (answer.status, answer.fields) == (302, FOUND)
    assert [(finding.rule, finding.evidence["error"]) for finding in found] == [("GRD001", "ZeroDivisionError")]


def test_what_was_staged_goes_along() -> None:
    """Fields and cookies that the application put by stand on whatever leaves."""
    here = passage()
    here.staging.stage("X-Shop", "1")

    answer = here.leaving(303, FOUND, b"")

    assert first(answer.fields, b"x-shop") == b"1"
    assert here.staging.started


def test_what_was_staged_is_part_of_what_is_remembered() -> None:
    """A replay brings the cookies of the first answer, wherever in the application they were set."""
    here = passage()
    here.staging.stage_cookie("basket", "7")

    answer = here.answered(303, FOUND, b"")

    assert [line.partition(b";")[0] for line in every(answer.fields, b"set-cookie")] == [b"basket=7"]
    assert len(every(here.leaving(*answer).fields, b"set-cookie")) == 2  # and the journey's


def test_what_was_staged_and_never_left_is_told() -> None:
    """Nothing staged is lost silently."""
    here = passage()
    here.staging.stage_cookie("basket", "7")

    with findings() as found:
        here.record(None)

    (finding,) = found
    assert finding.rule == "ERR008"
    assert "7" not in finding.evidence.values()


def test_tokens_are_for_the_person_on_the_journey() -> None:
    """A form's token made for one journey is not good on another."""
    here = gate()
    one, other = passage("POST /cart/items", at=here), passage("POST /cart/items", at=here)

    token = one.form_token()

    assert token is not None
    assert back(one, "POST /orders", at=here).is_form_token(token.encode())
    assert not back(other, "POST /orders", at=here).is_form_token(token.encode())
    assert one.return_token() is not None


HOSTILE: list[Field] = [
    (b"location", b"https://[::1"),
    (b"location", b"/" + b"a" * 100_000),
    (b"location", b"//evil.example/\r\n\x00"),
    (b"location", "/übung".encode()),
    (b"retry-after", b"9" * 400),
    (b"retry-after", b"Tue, 99 Nov 2023 99:99:99 GMT"),
    (b"set-cookie", b"=" * 100_000),
    (b"set-cookie", b"a=1; Max-Age=-" + b"9" * 50 + b"; Expires=Thu, 01 Jan 0000 00:00:00 GMT"),
    (b"content-type", b"text/html; charset=\xff"),
    (b"content-type", b"application/problem+json"),
    (b"cache-control", b"max-age=,,=,\x00"),
    (b"content-security-policy", b"form-action " + b"'" * 500),
    (b"refresh", b";;url="),
    (b"vary", b"*"),
    (b"link", b"<" * 300),
    (b"x-folded", b"a\r\n b"),
    (b"", b""),
    (b"\xff", b"\xff"),
]
REQUESTED: list[Field] = [
    (b"cookie", b"a=" + b"x" * 100_000),
    (b"cookie", b"journey=" + b"\xff" * 90),
    (b"accept", b"text/html;q=\xff," * 100),
    (b"sec-fetch-site", b"\x00"),
    (b"origin", b"null"),
    (b"traceparent", b"00-" + b"0" * 52),
    (b"baggage", b"journey.id=" * 1000),
    (b"x-journey-id", b"\n"),
    (b"idempotency-key", b'"'),
    (b"forwarded", b'for="'),
]


@given(
    exchange=st.sampled_from(["POST /orders", "GET /cart", "DELETE /x", "OPTIONS /\udcff", "get /", "GET //evil"]),
    asked=st.lists(st.sampled_from(REQUESTED) | st.tuples(st.just(b"cookie"), st.binary(max_size=40)), max_size=4),
    status=st.sampled_from([200, 204, 301, 302, 303, 307, 308, 400, 404, 409, 422, 429, 500, 502, 503, 504, 999]),
    fields=st.lists(st.sampled_from(HOSTILE) | st.tuples(st.sampled_from([b"location", b"retry-after"]), st.binary()),
                    max_size=5),
    content=st.none() | st.binary(max_size=60) | st.sampled_from([b"[" * 3000, b'{"detail": "Not Found"}', b"<html>"]),
)  # fmt: skip
def test_bad_input_never_makes_the_guard_fail(
    exchange: str, asked: list[Field], status: int, fields: list[Field], content: bytes | None
) -> None:
    """Malformed, absurd and hostile: an answer leaves, and no finding says that the guard itself has failed."""
    with findings() as found:
        here = passage(exchange, *asked)
        answer = here.leaving(*here.answered(status, tuple(fields), content))
        here.record(None)

    assert answer.status in range(1000)
    assert "GRD001" not in [finding.rule for finding in found]


def test_ten_thousand_fields_pass() -> None:
    """It takes its time, and it ends."""
    many = tuple([(b"x-%d" % number, b"1") for number in range(10_000)])
    here = passage("GET /cart", *many)

    assert len(here.leaving(*here.answered(200, many, b"")).fields) >= 10_000


def test_incidents_are_judged_with_their_request() -> None:
    """What only the process sees becomes a finding about the exchange."""
    with findings() as found:
        passage().happened(IncidentKind.UNPROTECTED, why="the ledger could not be asked")

    assert [(finding.rule, finding.method) for finding in found] == [("GRD002", "POST")]
