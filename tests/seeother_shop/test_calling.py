# SPDX-License-Identifier: Apache-2.0
"""What is said of a call that went wrong: whether it may have done something, and when to come back."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from seeother.breaker import BreakerPolicy
from seeother.client import Caller
from seeother.errors import CallRefused, OutcomeUnknown, PeerError
from seeother_shop.calling import Service
from tests.clock import FakeClock
from tests.seeother_shop.premises import open_service

_POLICY = BreakerPolicy(minimum_calls=2, open_seconds=5.0)


class _Other:
    """A service that answers what it is told to, and keeps the keys that it was shown."""

    def __init__(self) -> None:
        self.status = 200
        self.keys: list[str | None] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = 200
        if scope["type"] == "http" and scope["path"] != "/healthz":
            status = self.status
            self.keys.append(Request(scope).headers.get("idempotency-key"))
        answer: Response = PlainTextResponse("", status)
        if scope["type"] == "http":
            await answer(scope, receive, send)


@contextmanager
def _service(other: _Other, clock: FakeClock) -> Generator[Service]:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while (message := await receive())["type"]:
                await send({"type": f"{message['type']}.complete"})
                if message["type"] == "lifespan.shutdown":
                    return
        await other(scope, receive, send)

    with open_service("127.0.0.1", lambda _: app) as origin:
        service = Service("the other one", origin, Caller(_POLICY, clock=clock))
        yield service
        service.close()


def test_what_may_have_been_done_is_told_from_what_was_not() -> None:
    """A 504 to a POST leaves it open and to a GET it does not matter; an answer is an answer, whatever it says."""
    other = _Other()
    with _service(other, FakeClock()) as service:
        other.status = 409
        refused = service.tell("/do", None, key="k1")
        other.status = 504
        with pytest.raises(OutcomeUnknown) as unknown:
            service.tell("/do", None, key="k2")

    assert refused.status_code == 409
    assert unknown.value.key == '"k2"'
    assert other.keys == ['"k1"', '"k2"']


def test_who_is_away_was_not_asked() -> None:
    """Nobody listens there: nothing was done, and it is not unknown."""
    service = Service("the other one", "http://127.0.0.1:9", Caller(_POLICY))

    with pytest.raises(PeerError, match="could not be reached") as away:
        service.tell("/do", None, key="k")
    service.close()

    assert not isinstance(away.value, OutcomeUnknown)


def test_whoever_is_known_to_be_in_trouble_is_not_asked() -> None:
    """The breaker opens; then it says for how long, without a call, and looking does not use up the breaker's try."""
    other, clock = _Other(), FakeClock()
    with _service(other, clock) as service:
        healthy = service.refuses_for()
        other.status = 504
        for _ in range(2):
            with pytest.raises(OutcomeUnknown):
                service.tell("/do", None, key="k")
        asked = len(other.keys)

        waits = service.refuses_for()
        with pytest.raises(CallRefused) as refused:
            service.tell("/do", None, key="k")

        assert (healthy, waits, refused.value.retry_after, len(other.keys)) == (None, 5.0, 5.0, asked)
        clock.advance(5)
        other.status = 200
        assert [service.refuses_for(), service.refuses_for()] == [None, None]
        assert service.tell("/do", None, key="k").is_success
        assert service.refuses_for() is None
