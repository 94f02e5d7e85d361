# SPDX-License-Identifier: Apache-2.0
"""The room as a whole: laws of the flow `once` on any route, and one person's journey from end to end."""

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seeother.errors import StoreError
from seeother.journey import Identity
from seeother.message import Field, Pattern, Request, Response, every
from seeother.policy import (
    KNOWN,
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
    LedgerDown,
    LedgerKey,
    Mismatch,
    Pause,
    Read,
    Release,
    Report,
    Respond,
    RoutePolicy,
    Running,
    Settle,
    Streamed,
    Unknown,
    Visit,
    Want,
    once,
)
from seeother.policy.idempotency.once import LATE_SECONDS, PATIENCE_SECONDS
from tests.seeother.policy.visitor import CHECKOUT, NOW, RETURN, SEAL, farewell, id_of, welcome
from tests.seeother.policy.visitor import request as came

MATCH = Pattern.parse("POST /orders")
REQUEST = Request("POST", "/orders", fields=((b"idempotency-key", b'"k1"'), (b"webhook-id", b"w1")))
KEYLESS = Request("POST", "/orders")
GRANTED = Granted(LedgerKey("a scope", "k1"), 7)
AWAY = StoreError("the database is locked")
VERDICTS: st.SearchStrategy[Any] = st.sampled_from(
    [GRANTED, GRANTED, Running(1.0), Running(1.0), Finished(Response(200)), Mismatch(), Unknown(), AWAY]
)
ANSWERS: st.SearchStrategy[Any] = (
    st.integers(200, 599).map(Response)
    | st.none()
    | st.just(Streamed(200, 9, b""))
    | st.sampled_from([ValueError("its own"), asyncio.CancelledError()])
)
ROUTES = st.builds(
    RoutePolicy,
    st.just(MATCH),
    idempotency=st.sampled_from([Idempotency.KEY, Idempotency.REQUIRED, Idempotency.FORM, Idempotency.CALLBACK]),
    principal=st.sampled_from([KNOWN, SHARED]),
    in_flight=st.sampled_from(InFlight),
    finished=st.sampled_from(AfterFinish),
    remember=st.frozensets(st.sampled_from([2, 3, 4, 5])),
    dialogue=st.frozensets(st.sampled_from([400, 422, 500]), max_size=1),
    after_crash=st.sampled_from(AfterCrash),
    ledger_down=st.sampled_from(LedgerDown),
)


@given(data=st.data(), request=st.sampled_from([REQUEST, KEYLESS]), route=ROUTES)
def test_laws_of_the_flow_hold_whatever_happens(data: st.DataObject, request: Request, route: RoutePolicy) -> None:
    """Run at most once and only by right; write down how it ended; answer once, at the end, unless it streamed."""
    flow, wants, granted = once(request, route), list[Want](), False
    failure: BaseException | None = None
    answer: Any = None
    reply: Any = None
    while True:
        try:
            want = flow.throw(reply) if isinstance(reply, BaseException) else flow.send(reply)
        except StopIteration:
            break
        except BaseException as error:  # noqa: BLE001 - judged below
            failure = error
            break
        wants.append(want)
        match want:
            case Read():
                reply = data.draw(st.sampled_from([b"", b"content", None]))
            case Claim():
                reply = data.draw(VERDICTS)
                granted = isinstance(reply, Granted)
            case Forward():
                reply = answer = data.draw(ANSWERS)
            case Pause() | Respond() | Report():
                reply = None
            case _:
                reply = data.draw(st.sampled_from([True, False, AWAY]))
    kinds = [type(want) for want in wants]
    notes = [want for want in wants if isinstance(want, Settle | Release | Abandon)]

    assert kinds.count(Forward) <= 1
    assert len({want for want in wants if isinstance(want, Claim)}) <= 1
    assert sum(want.seconds for want in wants if isinstance(want, Pause)) <= PATIENCE_SECONDS + LATE_SECONDS
    if Forward in kinds:
        by_right = granted or Claim not in kinds or route.ledger_down is LedgerDown.PROCEED
        assert by_right
        assert Pause not in kinds or granted
        assert len(notes) == (1 if granted else 0)
        assert failure is (answer if isinstance(answer, BaseException) else None)
    else:
        assert notes == []
        assert failure is None
    answered = Forward not in kinds or isinstance(answer, Response)
    assert kinds.count(Respond) == (1 if answered else 0)
    assert not answered or kinds[-1] is Respond


def test_whole_journey_keeps_one_id_and_the_next_has_another() -> None:
    """From the product over a cross-site return, where the Lax cookie is missing, to the result and its reload."""
    browser: dict[str, Field] = {}
    ids: list[str | None] = []
    for exchange, status in [
        ("GET /products/tea", 200),
        ("POST /cart/items", 303),
        ("POST /orders", 303),
        ("POST /payments/return", 303),
        ("GET /orders/7", 200),
        ("GET /orders/7", 200),
        ("GET /products/tea", 200),
        ("POST /cart/items", 303),
    ]:
        cross_site = exchange == "POST /payments/return"
        query = f"seeother_return={SEAL.to_return_token(ids[0] or '', NOW)}".encode() if cross_site else b""
        visit = welcome(
            came(exchange, *(() if cross_site else browser.values()), query=query), RETURN if cross_site else None
        )
        (line,) = every(farewell(visit, status), b"set-cookie")
        browser["journey"] = (b"cookie", line.split(b";")[0])
        ids.append(id_of(visit))

    assert len(set(ids[:6])) == 1
    assert len(set(ids[6:])) == 1
    assert ids[0] != ids[6]


def test_only_the_last_step_reaches_the_goal() -> None:
    """A journey has one."""
    reaching = [each.name for each in CHECKOUT.steps if Visit(Identity("c" * 32), CHECKOUT, each).reaches_goal]

    assert reaching == ["confirmation"]
    assert not Visit(Identity("c" * 32), CHECKOUT, None).reaches_goal
