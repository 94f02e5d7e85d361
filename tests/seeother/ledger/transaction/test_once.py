# SPDX-License-Identifier: Apache-2.0
"""`once` as frameworks use it, and what it says when it cannot be used."""

import sqlite3
from collections.abc import AsyncGenerator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import BackgroundTasks, Depends, FastAPI
from fastapi.responses import RedirectResponse
from flask import Flask, redirect
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, sessionmaker
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response
from werkzeug.wrappers import Response as FlaskResponse

from seeother import asgi, wsgi
from seeother.errors import CallerError, StoreError
from seeother.ledger import AnsweredBefore, AsyncOutbox, Delivery, Letter, Pledge, offered, once, tables
from seeother.message import Response as Answer
from seeother.policy import Claim, Finished, Granted, LedgerKey, Offer, Settle
from seeother.settings import Mode, Settings, read_settings
from seeother.telemetry import current, resume
from seeother.testing import collecting
from tests.clock import FakeClock
from tests.contract.transaction.libraries import ORDERS

KEY = {"idempotency-key": "k-1"}
INSERT = text("INSERT INTO orders (note) VALUES ('tea')")


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """The path of a shop's database."""
    path = str(tmp_path / "shop.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in ("PRAGMA journal_mode = WAL", ORDERS["sqlite"], *tables("sqlite")):
            connection.execute(statement)
    return path


@pytest.fixture
def engine(shop: str) -> Iterator[Engine]:
    """An engine on it."""
    engine = create_engine(f"sqlite:///{shop}")
    yield engine
    engine.dispose()


@pytest.fixture
async def sessions(shop: str) -> AsyncGenerator[async_sessionmaker[AsyncSession]]:
    """Its sessions on an event loop."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{shop}")
    yield async_sessionmaker(engine)
    await engine.dispose()


def count(shop: str, table: str = "orders") -> int:
    """How many rows there are, committed."""
    with closing(sqlite3.connect(shop)) as connection:
        found: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - ours
        return found


def settings(**route: object) -> Settings:
    """A site with one transactional route."""
    declared = {"match": "POST /orders", "idempotency": "required", "transactional": True, "principal": "shared"}
    return read_settings({"route": [declared | route]}, {})


async def post(app: Any, *, raising: bool = True, key: str = "k-1") -> httpx2.Response:  # noqa: ANN401 - an ASGI application
    """Order, at a guard that knows nothing of what others have answered."""
    transport = httpx2.ASGITransport(asgi.Guard(app, settings()), raise_app_exceptions=raising)
    async with httpx2.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        return await client.post("/orders", headers={"idempotency-key": key, "accept": "application/json"})


async def test_fastapi_with_a_session_by_dependency(sessions: async_sessionmaker[AsyncSession], shop: str) -> None:
    """FastAPI closes what a dependency has opened when the answer is sent, so a session of that kind can be joined.

    It may have read before.
    """
    app = FastAPI()
    after: list[int] = []

    async def session() -> AsyncGenerator[AsyncSession]:
        async with sessions() as opened:
            await opened.execute(text("SELECT count(*) FROM orders"))
            yield opened

    @app.post("/orders")
    async def order(session: Annotated[AsyncSession, Depends(session)], later: BackgroundTasks) -> RedirectResponse:
        async with once(session):
            await session.execute(INSERT)
        later.add_task(lambda: after.append(count(shop)))
        return RedirectResponse("/orders/7", 303)

    first, second = await post(app), await post(app)

    assert (first.status_code, second.status_code, second.headers["location"]) == (303, 303, "/orders/7")
    assert second.headers["idempotency-replayed"] == "true"
    assert (count(shop), after) == (1, [1])  # what runs after the answer sees what was committed, and runs once


async def test_fastapi_in_a_thread(engine: Engine, shop: str) -> None:
    """A handler that blocks runs in a thread, and its transaction is ended in another one."""
    app = FastAPI()

    def session() -> Iterator[Session]:
        with Session(engine) as opened:
            yield opened

    @app.post("/orders")
    def order(session: Annotated[Session, Depends(session)]) -> RedirectResponse:
        with once(session):
            session.execute(INSERT)
        return RedirectResponse("/orders/7", 303)

    first, second = await post(app), await post(app)

    assert (first.status_code, second.headers["idempotency-replayed"], count(shop)) == (303, "true", 1)


async def test_starlettes_middleware_around_it(sessions: async_sessionmaker[AsyncSession], shop: str) -> None:
    """Behind a middleware that passes pieces on a handler may be done before its answer is; it has a maker for that."""
    app = FastAPI()

    class Passing(BaseHTTPMiddleware):
        async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
            answer = await call_next(request)
            answer.headers["x-passed"] = "yes"
            return answer

    app.add_middleware(Passing)

    @app.post("/orders")
    async def order() -> RedirectResponse:
        async with once(sessions) as action:
            await action.session.execute(INSERT)
        return RedirectResponse("/orders/7", 303)

    first, second = await post(app), await post(app)

    assert (first.headers["x-passed"], second.headers["x-passed"]) == ("yes", "yes")
    assert (second.headers["idempotency-replayed"], count(shop)) == ("true", 1)


def test_flask(engine: Engine, shop: str) -> None:
    """Flask ends its contexts before the answer leaves, so the action has a session of its own."""
    app = Flask(__name__)
    make = sessionmaker(engine)

    @app.post("/orders")
    def order() -> FlaskResponse:
        with once(make) as action:
            action.session.execute(INSERT)
        return redirect("/orders/7", 303)

    def client() -> httpx2.Client:
        transport = httpx2.WSGITransport(wsgi.Guard(app.wsgi_app, settings()))
        return httpx2.Client(transport=transport, base_url="http://shop.test")

    with client() as one, client() as other:
        first, second = one.post("/orders", headers=KEY), other.post("/orders", headers=KEY)

    assert (first.status_code, second.headers["idempotency-replayed"], count(shop)) == (303, "true", 1)


async def test_a_request_is_one_commit(sessions: async_sessionmaker[AsyncSession], shop: str) -> None:
    """Claim, order, message and answer: the disk is waited for once."""
    app = FastAPI()
    begun: list[str] = []
    commits: list[object] = []
    engine = sessions.kw["bind"].sync_engine
    event.listen(engine, "commit", commits.append)
    event.listen(engine, "before_cursor_execute", lambda *args: begun.append(args[2]))

    @app.post("/orders")
    async def order() -> RedirectResponse:
        async with once(sessions) as action:
            await action.session.execute(INSERT)
            await action.later("charge", 1)
        return RedirectResponse("/orders/7", 303)

    await post(app)

    assert len(commits) == 1
    assert begun[0] == "BEGIN IMMEDIATE"
    assert (count(shop), count(shop, "seeother_action"), count(shop, "seeother_outbox")) == (1, 1, 1)


async def test_a_session_that_is_closed_too_early_is_told(
    sessions: async_sessionmaker[AsyncSession], shop: str
) -> None:
    """What was rolled back with its session is no success; the error says what to do."""
    app = FastAPI()

    @app.post("/orders")
    async def order() -> RedirectResponse:
        async with sessions() as session, once(session):
            await session.execute(INSERT)
        return RedirectResponse("/orders/7", 303)

    with pytest.raises(CallerError, match="give once\\(\\) the sessionmaker, engine or pool"):
        await post(app)
    assert (await post(app, raising=False)).status_code == 500
    assert (count(shop), count(shop, "seeother_action")) == (0, 0)


async def test_a_commit_too_early_is_told(sessions: async_sessionmaker[AsyncSession], shop: str) -> None:
    """A commit of one's own is refused where it stands, before it has done anything."""
    app = FastAPI()

    @app.post("/orders")
    async def order() -> RedirectResponse:
        async with sessions() as session, session.begin(), once(session):
            await session.execute(INSERT)
        return RedirectResponse("/orders/7", 303)

    with pytest.raises(CallerError, match="leave out this commit"):
        await post(app)
    assert (count(shop), count(shop, "seeother_action")) == (0, 0)


async def test_an_error_can_be_answered_after_a_rollback(sessions: async_sessionmaker[AsyncSession], shop: str) -> None:
    """Whoever rolls back and says that it failed has done nothing, and may say so."""
    app = FastAPI()

    @app.post("/orders")
    async def order() -> Response:
        async with sessions() as session:
            try:
                async with once(session):
                    await session.execute(INSERT)
                    await session.execute(INSERT)
            except IntegrityError:
                await session.rollback()
                return Response(status_code=409)
        return Response(status_code=201)

    assert (await post(app)).status_code == 409
    assert (count(shop), count(shop, "seeother_action")) == (0, 0)


async def test_a_commit_that_fails_is_no_success(sessions: async_sessionmaker[AsyncSession], shop: str) -> None:
    """When the database refuses the commit nobody is told that it was done, and nothing runs after it."""
    app = FastAPI()
    after: list[int] = []

    @app.post("/orders")
    async def order(later: BackgroundTasks) -> RedirectResponse:
        async with once(sessions) as action:
            await action.session.execute(INSERT)
            await action.session.execute(text("CREATE TABLE a (id INTEGER PRIMARY KEY)"))
            await action.session.execute(text("CREATE TABLE b (a INTEGER REFERENCES a DEFERRABLE INITIALLY DEFERRED)"))
            await action.session.execute(text("INSERT INTO b VALUES (1)"))
        later.add_task(after.append, 1)
        return RedirectResponse("/orders/7", 303)

    @event.listens_for(sessions.kw["bind"].sync_engine, "connect")
    def checked(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA foreign_keys = ON")

    assert (await post(app, raising=False)).status_code == 500
    assert (count(shop), count(shop, "seeother_action"), after) == (0, 0, [])


async def test_whoever_forgets_it_is_told() -> None:
    """A transactional route whose handler acts without `once` is a finding; a refusal before it is none."""
    app = FastAPI()
    statuses = iter([303, 422])

    @app.post("/orders")
    async def order() -> Response:
        return Response(status_code=next(statuses), headers={"location": "/orders/7"})

    with collecting() as findings:
        await post(app)
        told = findings.report()
        findings.clear()
        await post(app, key="k-2")

    assert "without once()" in told
    assert "GRD002" not in findings.report()


@pytest.mark.parametrize("mode", ["off", "observe"])
async def test_a_guard_that_does_nothing_leaves_a_transaction(
    sessions: async_sessionmaker[AsyncSession], shop: str, mode: str
) -> None:
    """With the guard switched off, or only looking, the block commits itself and knows no duplicates."""
    app = FastAPI()

    @app.post("/orders")
    async def order() -> RedirectResponse:
        async with once(sessions) as action:
            await action.session.execute(INSERT)
        return RedirectResponse("/orders/7", 303)

    declared = replace(settings(), site=replace(settings().site, mode=Mode(mode)))
    transport = httpx2.ASGITransport(asgi.Guard(app, declared))
    async with httpx2.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        answer = await client.post("/orders", headers=KEY)

    assert (answer.status_code, count(shop), count(shop, "seeother_action")) == (303, 1, 0)


async def test_a_letter_belongs_to_the_journey_that_wrote_it(
    sessions: async_sessionmaker[AsyncSession], shop: str
) -> None:
    """Who delivers it later does so as part of the trace of the exchange."""
    app = FastAPI()
    trace = "0af7651916cd43dd8448eb211c80319c"
    seen: list[str] = []

    @app.post("/orders")
    async def order() -> RedirectResponse:
        async with once(sessions) as action:
            await action.later("charge", 1)
        return RedirectResponse("/orders/7", 303)

    async def deliver(letter: Letter) -> None:
        context = current()
        seen.append("" if context is None else context.trace_id.hex())
        assert letter.payload == 1

    transport = httpx2.ASGITransport(asgi.Guard(app, settings()))
    async with httpx2.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        await client.post("/orders", headers=KEY | {"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    await AsyncOutbox(sessions, deliver, Delivery(resume=resume)).deliver_due()

    assert seen == [trace]
    assert count(shop, "seeother_outbox") == 1


def pledge(clock: FakeClock, fingerprint: bytes = b"print", *, blocking: bool = True) -> Pledge:
    """What a driver offers."""
    claim = Claim(LedgerKey("POST /orders ada", "k-1"), fingerprint, 60.0)
    return Pledge(Offer(claim, lambda answer: Settle(Granted(claim.key, 1), answer, 100.0)), clock=clock,
                  carry=lambda: {"traceparent": "00-1-2-01"}, blocking=blocking)  # fmt: skip


def test_a_key_is_free_when_its_time_is_up(shop: str) -> None:
    """An answer is replayed for as long as the flow says, and not a moment longer."""
    clock = FakeClock()
    answer = Answer(303, ((b"location", b"/\xff"),), b"\0")

    def ordered() -> Pledge:
        made = pledge(clock)
        with closing(sqlite3.connect(shop)) as connection, offered(made):
            try:
                with once(connection) as action:
                    action.later("mail", None)
            except AnsweredBefore:
                return made
            made.answered(answer)
        return made

    first = ordered()
    clock.advance(99.9)
    second = ordered()
    clock.advance(0.2)
    third = ordered()

    assert (first.verdict, second.verdict, third.verdict) == (None, Finished(answer), None)
    with closing(sqlite3.connect(shop)) as connection:
        (one, carrier), (other, _) = connection.execute("SELECT key, carrier FROM seeother_outbox").fetchall()
    assert carrier == '{"traceparent": "00-1-2-01"}'
    assert one != other  # what is done under a key that is free again is not a repetition to anybody else


def test_a_connection_that_blocks_is_entered_with_with(engine: Engine) -> None:
    """And says so."""
    with pytest.raises(CallerError, match="`async with once"):
        once(create_async_engine("sqlite+aiosqlite://")).__enter__()
    del engine


async def test_a_connection_on_a_loop_is_entered_with_async_with(engine: Engine) -> None:
    """And says so."""
    with pytest.raises(CallerError, match="`with once"):
        await once(engine).__aenter__()


async def test_wsgi_cannot_wait_on_an_event_loop(sessions: async_sessionmaker[AsyncSession]) -> None:
    """The loop of an async view under WSGI ends before the answer is there."""
    with offered(pledge(FakeClock())), pytest.raises(CallerError, match="on a connection that blocks"):
        await once(sessions).__aenter__()


@pytest.mark.parametrize("source", [7, object(), print])
def test_something_else_is_refused(source: object) -> None:
    """The error names what can be joined, and what came."""
    with pytest.raises(CallerError, match="takes a SQLAlchemy session"):
        once(source)


def test_a_missing_table_is_told(tmp_path: Path) -> None:
    """With the cure; nothing runs."""
    with (
        closing(sqlite3.connect(tmp_path / "empty.db")) as connection,
        offered(pledge(FakeClock())),
        pytest.raises(StoreError, match=r'tables\("sqlite"\)'),
    ):
        once(connection).__enter__()
