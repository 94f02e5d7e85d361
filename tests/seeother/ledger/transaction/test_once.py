# SPDX-License-Identifier: Apache-2.0
"""`once` as frameworks use it."""

import sqlite3
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from typing import Annotated, Any

import asyncpg
import httpx2
import pytest
from fastapi import BackgroundTasks, Depends, FastAPI
from fastapi.responses import RedirectResponse
from flask import Flask, redirect
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, sessionmaker
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response
from werkzeug.wrappers import Response as FlaskResponse

from seeother import asgi, wsgi
from seeother.errors import CallerError
from seeother.ledger import AsyncOutbox, Delivery, Letter, once
from seeother.settings import Mode
from seeother.telemetry import current, resume
from seeother.testing import collecting
from tests.seeother.ledger.transaction.site import INSERT, KEY, count, post, settings
from tests.servers.program import free_port


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


async def test_what_runs_after_the_answer_has_transactions_of_its_own(
    sessions: async_sessionmaker[AsyncSession], shop: str
) -> None:
    """A background task is no part of the action, which is committed: its block is a transaction like any other."""
    app = FastAPI()

    async def note(words: str) -> None:
        async with once(sessions) as action:
            await action.session.execute(text("INSERT INTO orders (note) VALUES (:note)"), {"note": words})

    @app.post("/orders")
    async def order(later: BackgroundTasks) -> RedirectResponse:
        await note("tea")
        later.add_task(note, "a letter")
        later.add_task(note, "another letter")
        return RedirectResponse("/orders/7", 303)

    first, second = await post(app), await post(app)

    assert (first.status_code, second.headers["idempotency-replayed"]) == (303, "true")
    assert (count(shop), count(shop, "seeother_action")) == (3, 1)


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


@pytest.mark.parametrize(
    "address",
    [
        "sqlite:////no/such/folder/shop.db",
        "postgresql+psycopg://postgres@127.0.0.1:{port}/shop",
        "postgresql+asyncpg://postgres@127.0.0.1:{port}/shop",
        "asyncpg",
    ],
)
async def test_a_database_that_is_away_has_done_nothing(address: str) -> None:
    """The block was not entered, so nobody needs to be unsure: the client is told to come again."""
    app = FastAPI()
    port = free_port()
    source: Any
    if address == "asyncpg":
        source = await asyncpg.create_pool(host="127.0.0.1", port=port, user="postgres", min_size=0)
    elif address.startswith("postgresql+asyncpg:"):
        source = create_async_engine(address.format(port=port))
    else:
        source = create_engine(address.format(port=port))

    @app.post("/orders")
    async def order() -> None:
        if isinstance(source, Engine):
            with once(source):
                raise AssertionError
        async with once(source):
            raise AssertionError

    response = await post(app, raising=False)
    if isinstance(source, AsyncEngine):
        await source.dispose()

    assert response.status_code == 503
    assert response.json()["type"] == "urn:seeother:problem:nothing-done"
    assert response.headers["retry-after"] == "1"
