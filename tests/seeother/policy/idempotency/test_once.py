# SPDX-License-Identifier: Apache-2.0
"""What the flow `once` wants, step by step, for every way in which an action can go."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from seeother.errors import StoreError
from seeother.message import Pattern, Request, Response, every, first
from seeother.policy import (
    SHARED,
    Abandon,
    AfterCrash,
    AfterFinish,
    Claim,
    Finished,
    Forward,
    Granted,
    Idempotency,
    InFlight,
    Inquiry,
    LedgerDown,
    LedgerKey,
    Mismatch,
    Outcome,
    Pause,
    Read,
    Release,
    Reply,
    Report,
    Respond,
    RoutePolicy,
    Running,
    Settle,
    Unknown,
    once,
)
from seeother.policy.idempotency.ending import KEEP_SECONDS
from seeother.policy.idempotency.once import CONTENT_LIMIT, LATE_SECONDS, LEASE_SECONDS, PATIENCE_SECONDS, SOON_SECONDS
from tests.seeother.policy.script import Driven, driven

ROUTE = RoutePolicy(
    Pattern.parse("POST /orders"), idempotency=Idempotency.REQUIRED, in_flight=InFlight.WAIT, principal=SHARED
)
CALLBACK = replace(ROUTE, idempotency=Idempotency.CALLBACK)
RERUN = replace(ROUTE, after_crash=AfterCrash.RERUN)
PROCEED = replace(ROUTE, ledger_down=LedgerDown.PROCEED)
REQUEST = Request("POST", "/orders", fields=((b"idempotency-key", b'"k1"'), (b"webhook-id", b"w1")))
KEYLESS = Request("POST", "/orders")
GRANTED = Granted(LedgerKey("a scope", "k1"), 7)
ANSWER = Response(303, ((b"location", b"/orders/7"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")), b"see there")
AWAY = StoreError("the database is locked")
OURS = True  # the reply to what was written down in time


def acted(route: RoutePolicy, answer: Response | None, *rest: Reply | BaseException) -> Driven:
    """A flow whose claim was granted and whose application gave this answer."""
    return driven(once(REQUEST, route), b"", GRANTED, answer, *rest)


def kind_of_problem(response: Response) -> tuple[int, str]:
    """Status and name of the guard's own answer."""
    return response.status, json.loads(response.content)["type"].rpartition(":")[2]


def test_action_is_claimed_run_remembered_and_then_answered() -> None:
    """The way of a first request; nobody sees a success that is not written down."""
    wants = acted(ROUTE, ANSWER, OURS, None).wants

    claim = wants[1]
    assert isinstance(claim, Claim)
    assert (claim.key.key, claim.lease, claim.rerun) == ("k1", LEASE_SECONDS, False)
    assert wants == [
        Read(CONTENT_LIMIT),
        claim,
        Forward(CONTENT_LIMIT, held=GRANTED, lease=LEASE_SECONDS),
        Settle(GRANTED, ANSWER, KEEP_SECONDS),
        Respond(ANSWER),
    ]


def test_claim_is_for_this_request() -> None:
    """Other content under the same key has another fingerprint, another route or person another scope."""

    def claim(request: Request, content: bytes, route: RoutePolicy = ROUTE) -> Claim:
        flow = once(request, route)
        next(flow)
        want = flow.send(content)
        assert isinstance(want, Claim)
        return want

    someone = REQUEST._replace(fields=(*REQUEST.fields, (b"authorization", b"Basic x")))
    assert claim(REQUEST, b"a") == claim(REQUEST, b"a")
    assert claim(REQUEST, b"a").fingerprint != claim(REQUEST, b"b").fingerprint
    assert claim(REQUEST, b"a").key == claim(REQUEST, b"b").key
    apart = replace(ROUTE, principal="authorization")
    assert claim(REQUEST, b"", apart).key != claim(someone, b"", apart).key
    assert claim(REQUEST, b"").key == claim(someone, b"").key
    assert claim(REQUEST, b"").key != claim(REQUEST, b"", replace(ROUTE, match=Pattern.parse("POST /carts"))).key
    assert claim(REQUEST, b"", CALLBACK).key.key == "w1"
    assert claim(REQUEST, b"", RERUN).rerun is True


@pytest.mark.parametrize("settled", [True, False])
def test_answer_goes_out_although_the_claim_was_no_longer_ours(*, settled: bool) -> None:
    """A late owner still answers its own client."""
    assert acted(ROUTE, ANSWER, settled, None).response == ANSWER


def test_streamed_answer_is_unknown_and_not_sent_again() -> None:
    """What went out in pieces cannot be given to a duplicate."""
    assert acted(ROUTE, None, OURS) == Driven([*acted(ROUTE, ANSWER, OURS, None).wants[:3], Abandon(GRANTED)], None)


def test_streamed_answer_ends_well_without_a_ledger() -> None:
    """The client has its answer: there is nothing left to fail."""
    assert acted(ROUTE, None, AWAY).failure is None


FAILURES: list[Callable[[], BaseException]] = [
    lambda: ValueError("the application's own"),
    lambda: StoreError("the application's own store"),
    asyncio.CancelledError,
    KeyboardInterrupt,
]


@pytest.mark.parametrize("made", FAILURES, ids=["exception", "store", "cancelled", "interrupted"])
@pytest.mark.parametrize("noted", [True, AWAY], ids=["noted", "ledger away"])
@pytest.mark.parametrize(("route", "ending"), [(ROUTE, Abandon), (RERUN, Release), (PROCEED, Abandon)])
def test_failure_is_unknown_and_stays_itself(
    made: Callable[[], BaseException], noted: Reply | BaseException, route: RoutePolicy, ending: type[Abandon | Release]
) -> None:
    """Crash and cancellation are not "did not run"; a ledger that is away as well does not hide them."""
    failure = made()

    result = driven(once(REQUEST, route), b"", GRANTED, failure, noted)

    assert result.failure is failure
    assert result.wants[3:] == [ending(GRANTED)]


@pytest.mark.parametrize("route", [ROUTE, RERUN])
def test_closed_flow_wants_nothing_more(route: RoutePolicy) -> None:
    """A driver that gives up closes the flow; then it may not ask for anything."""
    flow = once(REQUEST, route)
    next(flow)
    flow.send(b"")
    assert isinstance(flow.send(GRANTED), Forward)

    flow.close()  # raises RuntimeError when the flow yields again

    with pytest.raises(StopIteration):
        next(flow)


def test_client_that_left_early_has_begun_nothing() -> None:
    """A request that never arrived whole is not claimed."""
    gone = ConnectionError("gone")

    assert driven(once(REQUEST, ROUTE), gone) == Driven([Read(CONTENT_LIMIT)], gone)


def test_client_that_left_late_changes_nothing() -> None:
    """When the answer cannot be delivered it is remembered all the same, and nothing more happens."""
    gone = ConnectionError("gone")

    result = acted(ROUTE, ANSWER, OURS, gone)

    assert result.failure is gone
    assert result.kinds == [Read, Claim, Forward, Settle, Respond]


def test_request_that_is_too_long_is_refused() -> None:
    """What cannot be compared cannot be done once."""
    result = driven(once(REQUEST, ROUTE), None, None)

    assert kind_of_problem(result.response) == (413, "content-too-large")
    assert result.kinds == [Read, Respond]


@pytest.mark.parametrize("idempotency", [Idempotency.REQUIRED, Idempotency.CALLBACK])
def test_missing_key_is_refused_where_it_is_required(idempotency: Idempotency) -> None:
    """Nothing runs unprotected by accident."""
    result = driven(once(KEYLESS, replace(ROUTE, idempotency=idempotency)), b"", None, None)

    assert kind_of_problem(result.response) == (400, "idempotency-key")
    assert result.kinds == [Read, Report, Respond]


def test_missing_key_passes_where_it_is_optional() -> None:
    """The application runs as if there were no guard: nothing is read before it, nothing kept of its answer."""
    result = driven(once(KEYLESS, replace(ROUTE, idempotency=Idempotency.KEY)), ANSWER, None)

    assert result.wants == [Forward(0), Respond(ANSWER)]


def test_form_is_looked_into_where_a_key_is_optional() -> None:
    """Only its content tells whether it has one."""
    form = KEYLESS._replace(fields=((b"content-type", b"application/x-www-form-urlencoded"),))

    without = driven(once(form, replace(ROUTE, idempotency=Idempotency.KEY)), b"a=1", ANSWER, None)
    keyed = driven(
        once(form, replace(ROUTE, idempotency=Idempotency.KEY)), b"idempotency_key=k1", Finished(ANSWER), None
    )

    assert without.wants == [Read(CONTENT_LIMIT), Forward(0), Respond(ANSWER)]
    assert keyed.kinds == [Read, Claim, Respond]


def test_streamed_answer_without_a_key_is_not_sent_again() -> None:
    """It has gone out already."""
    result = driven(once(KEYLESS, replace(ROUTE, idempotency=Idempotency.KEY)), None)

    assert result.kinds == [Forward]


@pytest.mark.parametrize("idempotency", [Idempotency.REQUIRED, Idempotency.KEY])
@pytest.mark.parametrize("lines", [[b""], [b"two words"], [b"k1", b"k2"]], ids=repr)
def test_bad_key_is_refused_even_where_it_is_optional(idempotency: Idempotency, lines: list[bytes]) -> None:
    """Who sends a key relies on it."""
    request = KEYLESS._replace(fields=tuple((b"idempotency-key", line) for line in lines))

    result = driven(once(request, replace(ROUTE, idempotency=idempotency)), b"", None, None)

    assert kind_of_problem(result.response) == (400, "idempotency-key")
    assert result.kinds == [Read, Report, Respond]


def test_finished_action_is_answered_with_its_answer() -> None:
    """The same status, fields and content, marked as a replay; the application never hears of it."""
    result = driven(once(REQUEST, ROUTE), b"", Finished(ANSWER), None)

    marked = Response(303, (*ANSWER.fields, (b"idempotency-replayed", b"true")), ANSWER.content)
    assert result.kinds == [Read, Claim, Respond]
    assert result.wants[-1] == Respond(marked, replayed=True)


def test_replay_is_marked_once() -> None:
    """An answer that came marked, from a guard further in, has one mark."""
    marked = ANSWER._replace(fields=(*ANSWER.fields, (b"idempotency-replayed", b"true")))

    response = driven(once(REQUEST, ROUTE), b"", Finished(marked), None).response

    assert every(response.fields, b"idempotency-replayed") == [b"true"]


@pytest.mark.parametrize(
    ("route", "verdict", "expected", "retry_after"),
    [
        (replace(ROUTE, finished=AfterFinish.CONFLICT), Finished(ANSWER), (409, "already-done"), None),
        (ROUTE, Mismatch(), (422, "key-reused"), None),
        (ROUTE, Unknown(), (409, "outcome-unknown"), None),
        (RERUN, Unknown(), (409, "outcome-unknown"), None),  # a ledger that was asked to rerun grants instead
        (replace(ROUTE, in_flight=InFlight.CONFLICT), Running(7.0), (409, "in-progress"), b"7"),
    ],
    ids=["finished", "mismatch", "unknown", "unknown again", "running"],
)
def test_duplicate_is_refused_at_once(
    route: RoutePolicy, verdict: Reply, expected: tuple[int, str], retry_after: bytes | None
) -> None:
    """Each verdict has its answer, and none of them runs the application or counts as a replay."""
    result = driven(once(REQUEST, route), b"", verdict, None)

    assert result.kinds == [Read, Claim, Respond]
    assert kind_of_problem(result.response) == expected
    assert first(result.response.fields, b"retry-after") == retry_after
    assert result.wants[-1] == Respond(result.response, replayed=False)


def test_duplicate_waits_for_the_first_one_s_answer() -> None:
    """A double click ends on the page that the first click brings."""
    result = driven(once(REQUEST, ROUTE), b"", Running(1.0), None, Running(1.0), None, Finished(ANSWER), None)

    assert result.kinds == [Read, Claim, Pause, Claim, Pause, Claim, Respond]
    assert result.wants[1] == result.wants[3] == result.wants[5]
    assert first(result.response.fields, b"location") == b"/orders/7"


def test_duplicate_acts_when_the_first_one_let_go() -> None:
    """It was answered with a dialogue, so now it is the second one's turn."""
    result = driven(once(REQUEST, ROUTE), b"", Running(1.0), None, GRANTED, ANSWER, OURS, None)

    assert result.kinds == [Read, Claim, Pause, Claim, Forward, Settle, Respond]


def test_duplicate_does_not_wait_for_ever() -> None:
    """A browser is held for a quarter of a minute at most, and then told to come again."""
    flow = once(REQUEST, ROUTE)
    next(flow)
    want, pauses = flow.send(b""), list[float]()
    while not isinstance(want, Respond):
        want = flow.send(Running(3.0) if isinstance(want, Claim) else None)
        pauses += [want.seconds] if isinstance(want, Pause) else []

    result = Driven([want], None)
    assert pauses[0] == SOON_SECONDS
    assert pauses == sorted(pauses)
    assert max(pauses) == LATE_SECONDS
    assert PATIENCE_SECONDS <= sum(pauses) < PATIENCE_SECONDS + LATE_SECONDS
    assert kind_of_problem(result.response) == (409, "in-progress")
    assert first(result.response.fields, b"retry-after") == b"3"


def test_action_is_refused_without_a_ledger() -> None:
    """Nothing was done, and the answer says so and when to come again."""
    result = driven(once(REQUEST, ROUTE), b"", AWAY, None)

    assert result.kinds == [Read, Claim, Respond]
    assert kind_of_problem(result.response) == (503, "ledger-unavailable")
    assert first(result.response.fields, b"retry-after") == b"5"


@pytest.mark.parametrize("answer", [ANSWER, Response(500)], ids=["answered", "failed"])
def test_action_may_proceed_without_a_ledger(answer: Response) -> None:
    """Where the operator would rather have it twice than not at all; nothing is claimed, nothing is written down."""
    result = driven(once(REQUEST, PROCEED), b"", AWAY, None, answer, None)

    assert result.kinds == [Read, Claim, Report, Forward, Respond]
    assert result.response == answer


@pytest.mark.parametrize("route", [ROUTE, PROCEED])
def test_known_runner_is_not_joined_when_the_ledger_goes_away(route: RoutePolicy) -> None:
    """It was running a moment ago: a second run beside it would be no accident any more."""
    result = driven(once(REQUEST, route), b"", Running(2.0), None, AWAY, None)

    assert result.kinds == [Read, Claim, Pause, Claim, Respond]
    assert kind_of_problem(result.response) == (409, "in-progress")


def test_success_that_could_not_be_written_down_is_withheld() -> None:
    """A client that saw it would not retry; one that retries would have it repeated: it is told to look first."""
    result = acted(ROUTE, ANSWER, AWAY, None)

    assert kind_of_problem(result.response) == (503, "outcome-unrecorded")


def test_success_that_could_not_be_written_down_goes_out_where_that_is_wanted() -> None:
    """With `proceed` the answer matters more than the memory of it."""
    assert acted(PROCEED, ANSWER, AWAY, None).response == ANSWER


@pytest.mark.parametrize("status", [429, 503, 500], ids=["released", "told to retry", "unknown"])
def test_error_that_could_not_be_written_down_goes_out(status: int) -> None:
    """There is no success to protect, and the application knows best what to say."""
    assert acted(ROUTE, Response(status, (), b"its own page"), AWAY, None).response.content == b"its own page"


@pytest.mark.parametrize("reply", [None, True, b"", ANSWER], ids=["none", "true", "bytes", "response"])
def test_driver_that_answers_a_claim_with_something_else_is_told(reply: Reply) -> None:
    """A driver's mistake is no verdict."""
    assert isinstance(driven(once(REQUEST, ROUTE), b"", reply).failure, TypeError)


@pytest.mark.parametrize("route", [ROUTE, PROCEED])
def test_unknown_outcome_is_not_run_when_the_ledger_goes_away(route: RoutePolicy) -> None:
    """It was unknown a moment ago, and nobody could look into it."""

    def nothing(_: Inquiry) -> Outcome:
        return Outcome.NOTHING_HAPPENED

    result = driven(once(REQUEST, replace(route, reconcile=nothing)), b"", Unknown(), AWAY, None)

    assert result.kinds == [Read, Claim, Claim, Respond]
    assert kind_of_problem(result.response) == (409, "outcome-unknown")


LONG = KEYLESS._replace(fields=((b"content-type", b"multipart/form-data; boundary=x"), (b"content-length", b"2000000")))


@pytest.mark.parametrize(
    ("idempotency", "wants"), [(Idempotency.KEY, [Forward]), (Idempotency.FORM, [Report, Forward])]
)
def test_long_form_passes_where_a_key_is_optional(idempotency: Idempotency, wants: list[type]) -> None:
    """A file is sent, most likely; mode form says that it was not protected."""
    route = replace(ROUTE, idempotency=idempotency)

    result = driven(once(LONG, route), *[None] * (len(wants) - 1), None)

    assert result.kinds == wants


def test_long_content_with_a_key_is_refused_all_the_same() -> None:
    """Who sends a key relies on it."""
    keyed = LONG._replace(fields=(*LONG.fields, (b"x-idempotency-key", b"k1")))

    assert isinstance(next(once(keyed, replace(ROUTE, idempotency=Idempotency.KEY))), Read)


@pytest.mark.parametrize("place", ["header:x-event-id", "json:data.id"])
def test_a_callback_without_an_id_is_told_where_it_should_stand(place: str) -> None:
    """Its sender brings no idempotency key, and is not asked for one."""
    flow = driven(once(Request("POST", "/orders"), replace(CALLBACK, event_id=place)), b"{}", None, None)

    assert flow.kinds == [Read, Report, Respond]
    assert place.encode() in (flow.response.content or b"")
