# SPDX-License-Identifier: Apache-2.0
"""An error of the guard's own, at each place where it can come: before the application was asked it lets pass."""

import asyncio

import pytest

from seeother.errors import StoreError
from seeother.gate import Gate, flow_of
from seeother.gate.failing_open import failing_open
from seeother.gate.passage import FindingError
from seeother.message import Response
from seeother.policy import (
    Claim,
    Finished,
    Flow,
    Forward,
    Granted,
    LedgerKey,
    Mismatch,
    Read,
    Release,
    Reply,
    Respond,
    Running,
    Settle,
)
from tests.seeother.gate.site import ORDER, findings, gate, passage
from tests.seeother.policy.script import Driven, driven

ANSWER = Response(200, (), b"done")
GRANTED = Granted(LedgerKey("a scope", "k"), 1)
CLAIM = Claim(GRANTED.key, b"", 60.0)
BROKEN = RuntimeError("a fault of the guard's own")
ONCE = {**ORDER, "idempotency": "required", "principal": "shared"}
NOTED = True  # the reply to what was written down in time
KEYED = (b"idempotency-key", b'"k"')


def run(flow: Flow, *replies: Reply | BaseException, at: Gate | None = None) -> Driven:
    """Drive a flow of the guard's."""
    return driven(failing_open(passage("POST /orders", at=at), flow), *replies)


def breaking_at_once() -> Flow:
    """A flow with a fault before anything else."""
    yield from ()
    raise BROKEN


def breaking_after(want: Read | Claim | Forward | Respond) -> Flow:
    """A flow with a fault after it was given what it wants."""
    yield want
    raise BROKEN


@pytest.mark.parametrize("mode", ["repair", "strict"])
def test_application_is_asked_without_a_flow_that_breaks(mode: str) -> None:
    """The answer is the application's; in mode strict a test is to fail over it."""
    at = gate(site={"mode": mode})
    if mode == "strict":
        with pytest.raises(FindingError, match="GRD001"):
            run(breaking_at_once(), ANSWER, None, at=at)
        return
    with findings() as found:
        result = run(breaking_at_once(), ANSWER, None, at=at)

    assert (result.kinds, result.response, result.failure) == ([Forward, Respond], ANSWER, None)
    assert [finding.rule for finding in found] == ["GRD001"]


def test_what_was_read_is_not_lost() -> None:
    """Content in hand is given to the application, which is asked all the same."""
    with findings() as found:
        result = run(breaking_after(Read(10)), b"sku=tea", ANSWER, None)

    assert result.kinds == [Read, Forward, Respond]
    assert [finding.rule for finding in found] == ["GRD001"]


def test_content_that_is_half_taken_is_not_passed_on() -> None:
    """It was longer than the limit: the application would get the rest of it and take it for the whole."""
    result = run(breaking_after(Read(10)), None)

    assert (result.kinds, result.failure) == ([Read], BROKEN)


@pytest.mark.parametrize(("want", "reply"), [(Forward(0), ANSWER), (Respond(ANSWER), None)])
def test_nothing_is_done_twice(want: Forward | Respond, reply: Response | None) -> None:
    """Who was asked is not asked again, and who was answered gets no second answer."""
    result = run(breaking_after(want), reply)

    assert (result.kinds, result.failure) == ([type(want)], BROKEN)


@pytest.mark.parametrize("verdict", [Running(1.0), Finished(ANSWER), Mismatch()])
def test_what_the_ledger_knows_of_is_not_done_once_more(verdict: Running | Finished | Mismatch) -> None:
    """A fault while a duplicate is told so is an error; the application would make a second order of it."""
    result = run(breaking_after(CLAIM), verdict)

    assert (result.kinds, result.failure) == ([Claim], BROKEN)


def test_an_action_whose_claim_was_granted_is_done() -> None:
    """It was not done before; nobody settles, so that its outcome is unknown once the lease has ended."""
    with findings() as found:
        result = run(breaking_after(CLAIM), GRANTED, ANSWER, None, at=gate(route=[ONCE]))

    assert result.response == ANSWER
    assert [finding.rule for finding in found] == ["GRD001", "GRD002"]


@pytest.mark.parametrize("failure", [ValueError("the application's"), asyncio.CancelledError()])
def test_what_is_thrown_in_leaves_as_it_came(failure: BaseException) -> None:
    """The application's failure is not the guard's, nor is a cancellation."""
    with findings() as found:
        result = run(breaking_after(Forward(0)), failure)

    assert (result.failure, found) == (failure, [])


def test_client_that_leaves_is_no_failure_of_the_guard_s() -> None:
    """While content is read nothing was begun, and nobody waits for the application."""
    gone = ConnectionError("the client left")

    result = run(breaking_after(Read(10)), gone)

    assert (result.kinds, result.failure) == ([Read], gone)


def test_an_action_that_ran_without_its_ledger_is_told() -> None:
    """It may be done twice now, which is more than the guard's own trouble."""
    at = gate(route=[ONCE])

    with findings() as found:
        result = run(breaking_after(Read(10)), b"", ANSWER, None, at=at)

    assert result.response == ANSWER
    assert [finding.rule for finding in found] == ["GRD001", "GRD002"]


@pytest.mark.parametrize(
    ("ledger_down", "status"), [("refuse", 503), ("proceed", 200)],
)  # fmt: skip
def test_a_ledger_that_breaks_is_a_ledger_that_is_away(ledger_down: str, status: int) -> None:
    """Its route says what happens then, whatever the fault is."""
    flow = flow_of(passage("POST /orders", KEYED, at=gate(route=[{**ONCE, "ledger_down": ledger_down}])))
    assert flow is not None

    with findings() as found:
        replies = [None, ANSWER, None] if ledger_down == "proceed" else [None]
        result = driven(flow, b"", KeyError("a row without a column"), *replies)

    assert result.response.status == status
    assert found[0].rule == "GRD001"


def test_a_ledger_s_own_word_is_not_a_fault(caplog: pytest.LogCaptureFixture) -> None:
    """Being away is nothing new to it; why it is stands in the log, for the answer does not say."""
    flow = flow_of(passage("POST /orders", KEYED, at=gate(route=[ONCE])))
    assert flow is not None

    with findings() as found:
        result = driven(flow, b"", StoreError("away"), None)

    assert (result.response.status, found) == (503, [])
    assert caplog.messages == ["the ledger failed a claim for POST /orders: away"]


def test_a_claim_is_still_given_back_when_the_application_fails() -> None:
    """Failures go through to the flow within, which writes down what became of the action."""
    at = gate(route=[{**ONCE, "after_crash": "rerun"}])
    flow = flow_of(passage("POST /orders", KEYED, at=at))
    assert flow is not None
    crash = RuntimeError("the application's")

    result = driven(flow, b"", GRANTED, crash, NOTED)

    assert (result.kinds, result.failure) == ([Read, Claim, Forward, Release], crash)


def test_a_flow_without_fault_is_as_it_was() -> None:
    """Nothing is added to it."""
    flow = flow_of(passage("POST /orders", KEYED, at=gate(route=[ONCE])))
    assert flow is not None

    assert driven(flow, b"", GRANTED, ANSWER, NOTED, None).kinds == [Read, Claim, Forward, Settle, Respond]
