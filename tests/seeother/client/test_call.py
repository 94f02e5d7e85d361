# SPDX-License-Identifier: Apache-2.0
"""The flow of a call without any I/O: what it wants, and that no permit is ever lost."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.breaker import BreakerPolicy, Deadline, Outcome, Reading, Retry, RetryBudget
from seeother.client import Caller
from seeother.client.call import Answer, Asked, Deliver, Failure, Pause, Queue, Reply, Send, Substitute, Want, call
from seeother.errors import CallRefused, OutcomeUnknown
from tests.clock import FakeClock

GET = Asked("stock", is_safe=True, may_repeat=True)
POST = Asked("stock", is_safe=False, may_repeat=False)
KEYED = Asked("stock", is_safe=False, may_repeat=True, key='"k"')
LOST = Failure(Outcome.UNREACHABLE, ConnectionResetError("reset"))
NOT_THERE = Failure(Outcome.UNREACHABLE, ConnectionRefusedError("refused"), reached=False)
CUT = Failure(Outcome.CUT, EOFError("cut"))


def caller(clock: FakeClock, *, tries: int = 3, **policy: int) -> Caller:
    """A caller whose breakers never open, unless `policy` says so; it tries again without delay."""
    numbers: dict[str, Any] = {"minimum_calls": 10_000, **policy}
    retry = Retry(tries=tries, uniform=lambda _low, _high: 0.0, budget=RetryBudget(ratio=10.0))
    return Caller(BreakerPolicy(**numbers), retry=retry, clock=clock)


def reading(of: Caller) -> Reading:
    """How the breaker stands."""
    now = of.clock.monotonic()
    return of.breakers.breaker("stock", now).read(now)


def played(of: Caller, asked: Asked, *replies: Reply) -> list[Want]:
    """All that a call wants when it is given these replies."""
    flow = call(of, asked)
    wants = [flow.send(None)]
    given = list(replies)
    try:
        while True:
            wants.append(flow.send(given.pop(0) if isinstance(wants[-1], (Send, Deliver)) else None))
    except StopIteration:
        return wants


def test_a_call_is_out_until_its_content_has_come() -> None:
    """The place is taken while the content is read, and counted when that ends."""
    of = caller(FakeClock())
    flow = call(of, GET)

    assert flow.send(None) == Send(0.8, is_usual=True)
    assert flow.send(Answer(200)) == Deliver()
    assert (reading(of).calls, reading(of).running) == (0, 1)
    with pytest.raises(StopIteration):
        flow.send(None)
    assert (reading(of).calls, reading(of).running) == (1, 0)


@pytest.mark.parametrize("steps", [1, 2])
def test_a_call_that_is_forgotten_gives_its_permit_back(steps: int) -> None:
    """Before the answer or after it: nothing is counted, for nothing is known."""
    of = caller(FakeClock())
    flow = call(of, GET)
    for reply in [None, Answer(200)][:steps]:
        flow.send(reply)

    flow.close()

    assert (reading(of).calls, reading(of).running) == (0, 0)


def test_a_full_bulkhead_refuses() -> None:
    """So many calls at once, and the next is told to come back soon."""
    of = caller(FakeClock(), concurrent=2)
    flows = [call(of, GET) for _ in range(2)]
    for flow in flows:
        flow.send(None)

    with pytest.raises(CallRefused) as refused:
        call(of, GET).send(None)

    assert refused.value.reason == "full"
    for flow in flows:
        flow.close()
    assert reading(of).running == 0


@pytest.mark.parametrize("gets_a_place", [True, False])
def test_where_there_are_waiters_a_call_waits(*, gets_a_place: bool) -> None:
    """For as long as a try may take; let in it has the place of the one who left, else it is refused."""
    of = caller(FakeClock(), concurrent=1, waiters=1)
    first, second = call(of, GET), call(of, GET)
    first.send(None)

    want = second.send(None)

    assert isinstance(want, Queue)
    assert want.seconds == 0.8
    if gets_a_place:
        assert want.bulkhead.wait(lambda: None)
        first.close()  # and its place goes to the second
        assert isinstance(second.send(True), Send)  # noqa: FBT003 - a reply
        assert (reading(of).running, reading(of).waiting) == (1, 0)
        second.close()
    else:
        with pytest.raises(CallRefused, match="full"):
            second.send(False)  # noqa: FBT003 - a reply
        first.close()
    assert reading(of).running == 0


def test_each_try_gets_what_is_left() -> None:
    """A deadline is for the call with all its tries."""
    clock = FakeClock()
    of = caller(clock)
    flow = call(of, GET._replace(deadline=Deadline.after(1.0, clock.monotonic())))

    assert flow.send(None) == Send(0.8)
    clock.advance(0.7)
    assert flow.send(LOST) == Pause(0.0)
    want = flow.send(None)

    assert isinstance(want, Send)
    assert want.seconds == pytest.approx(0.3)
    flow.close()


def test_a_repetition_that_may_not_go_leaves_the_first_unknown() -> None:
    """The breaker opened at the first try, which may have been carried out: "refused" would be a lie."""
    of = caller(FakeClock(), minimum_calls=1)
    flow = call(of, KEYED)
    flow.send(None)
    flow.send(Answer(504))

    with pytest.raises(OutcomeUnknown, match="it answered 504"):
        flow.send(None)


@pytest.mark.parametrize(
    ("asked", "replies", "tries"),
    [
        (GET, [Answer(503), Answer(503), Answer(200), None], 3),
        (GET, [LOST, Answer(504), Answer(200), None], 3),
        (GET, [Answer(404), None], 1),
        (GET, [Answer(500), None], 1),
        (POST, [Answer(503), None], 1),
        (KEYED, [Answer(503), LOST, Answer(200), None], 3),
        (KEYED, [NOT_THERE, Answer(201), None], 2),
    ],
)
def test_what_is_tried_again(asked: Asked, replies: list[Reply], tries: int) -> None:
    """A safe call and one with a key; after what counts against the service."""
    wants = played(caller(FakeClock()), asked, *replies)

    assert sum(isinstance(want, Send) for want in wants) == tries
    assert wants[-1] == Deliver()


@pytest.mark.parametrize(
    ("asked", "replies", "kind"),
    [
        (GET, [LOST, LOST, LOST], ConnectionResetError),
        (GET, [Answer(200), CUT], EOFError),
        (POST, [NOT_THERE], ConnectionRefusedError),
        (POST, [LOST], OutcomeUnknown),
        (POST, [Answer(201), CUT], OutcomeUnknown),
        (POST, [Answer(502)], OutcomeUnknown),
        (KEYED, [LOST, Answer(425)], OutcomeUnknown),
        (KEYED, [LOST, NOT_THERE, NOT_THERE], OutcomeUnknown),
    ],
)
def test_how_a_call_without_an_answer_ends(asked: Asked, replies: list[Reply], kind: type[Exception]) -> None:
    """By the library's error where it is known that nothing was done, else as unknown."""
    with pytest.raises(kind):
        played(caller(FakeClock()), asked, *replies)


def test_a_fallback_is_for_failures() -> None:
    """An error that the service answers with on purpose is an answer."""
    of = caller(FakeClock(), tries=1)
    asked = GET._replace(falls_back=True)

    failed = played(of, asked, Answer(503))[-1]
    assert isinstance(failed, Substitute)
    assert str(failed.error) == "stock answered 503"
    assert played(of, asked, LOST)[-1] == Substitute(LOST.error)
    for status in (404, 429, 500):
        assert played(of, asked, Answer(status), None)[-1] == Deliver()


REPLIES: dict[str, Callable[[], Reply]] = {
    "200": lambda: Answer(200),
    "409": lambda: Answer(409),
    "429": lambda: Answer(429, 0.0),
    "503": lambda: Answer(503, 0.0),
    "504": lambda: Answer(504),
    "lost": lambda: LOST,
    "not there": lambda: NOT_THERE,
}
REFUSALS = {"429", "503"}  # however much of it arrives, nothing was done
UNCERTAIN = {"504", "lost", "cut"}


@given(
    asked=st.sampled_from([GET, POST, KEYED]),
    script=st.lists(st.sampled_from(sorted(REPLIES)), min_size=5, max_size=5),
    end=st.sampled_from([None, CUT]),
    steps=st.integers(0, 12),
)
def test_whatever_happens(asked: Asked, script: list[str], end: Failure | None, steps: int) -> None:
    """No permit is lost; without a key no unsafe call is made twice; nothing uncertain ends as a failure."""
    of = caller(FakeClock())
    flow = call(of, asked)
    sent: list[str] = []
    error: Exception | None = None
    try:
        want = flow.send(None)
        for _ in range(steps):
            reply: Reply = None
            if isinstance(want, Send):
                sent.append(script[len(sent)])
                reply = REPLIES[sent[-1]]()
            elif isinstance(want, Deliver):
                reply = end
                sent += ["cut"] if end is not None and sent[-1] not in REFUSALS else []
            want = flow.send(reply)
    except StopIteration:
        pass
    except Exception as raised:  # noqa: BLE001 - looked at below
        error = raised
    flow.close()

    assert reading(of).running == 0
    if asked is POST:
        assert len([each for each in sent if each != "cut"]) <= 1
    if asked.is_safe:
        assert not isinstance(error, OutcomeUnknown)
    elif error is not None and set(sent) & UNCERTAIN:
        assert isinstance(error, OutcomeUnknown)
