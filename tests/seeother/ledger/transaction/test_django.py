# SPDX-License-Identifier: Apache-2.0
"""Django's transactions wait for the answer: under WSGI, as a middleware and under ASGI, in SQLite and PostgreSQL."""

import asyncio
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.db import IntegrityError, connections, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test.utils import override_settings
from django.urls import path

from seeother import asgi, wsgi
from seeother.errors import CallerError
from seeother.ledger import once, tables
from seeother.settings import Settings, read_settings
from tests.contract.guard.django_site import GUARD, OTHERS
from tests.contract.transaction.libraries import ORDERS
from tests.servers.postgres_server import PostgresServer

SHOP = "shop"
TOML = """
[[route]]
match = "POST /orders"
idempotency = "required"
transactional = true
principal = "shared"
"""
committed: list[str] = []


def order(request: HttpRequest) -> HttpResponse:
    """Order what is asked for; `how` says with what trouble."""
    note, how = request.POST["note"], request.POST.get("how", "")
    try:
        with once(SHOP) as action:
            action.session.cursor().execute("INSERT INTO orders (note) VALUES (%s)", [note])
            transaction.on_commit(lambda: committed.append(note), using=SHOP)
            if how == "broken":
                raise ValueError(how)
    except IntegrityError:
        return HttpResponse("had that", status=409)
    if how == "late":
        raise ValueError(how)
    response = HttpResponseRedirect(f"/orders/{note}")
    response.status_code = int(request.POST.get("status", "303"))
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return response


def wrapped(request: HttpRequest) -> HttpResponse:
    """Begins a transaction around."""
    with transaction.atomic(using=SHOP):
        return order(request)


urlpatterns = [path("orders", order), path("wrapped", wrapped)]
Post = Callable[..., httpx2.Response]


@pytest.fixture(params=["sqlite", "postgresql"], autouse=True)
def books(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], list[str]]]:
    """A database, known to Django as "shop"; gives the notes of the orders in it."""
    conf: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "shop.db"}
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS django")
            connection.execute("CREATE DATABASE django")
        conf = {"ENGINE": "django.db.backends.postgresql", "NAME": "django", "USER": "postgres",
                "HOST": "127.0.0.1", "PORT": server.port}  # fmt: skip
    connections.settings[SHOP] = connections.configure_settings({"default": {}, SHOP: conf})[SHOP]
    committed.clear()
    with connections[SHOP].cursor() as cursor:
        for statement in (ORDERS[request.param], *tables(request.param)):
            cursor.execute(statement)

    def notes() -> list[str]:
        with connections[SHOP].cursor() as cursor:
            cursor.execute("SELECT note FROM orders ORDER BY id")
            return [note for (note,) in cursor.fetchall()]

    yield notes
    connections[SHOP].close()
    del connections.settings[SHOP]
    del connections[SHOP]


def declared(match: str = "POST /orders") -> Settings:
    """The settings of the site."""
    route = {"match": match, "idempotency": "required", "transactional": True, "principal": "shared"}
    return read_settings({"route": [route]}, {})


@pytest.fixture(params=["wsgi", "middleware", "asgi"])
def post(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Post]]:
    """Makes a client of a guard around the site, each as another process would have."""
    config = tmp_path / "seeother.toml"
    config.write_text(TOML)
    middleware = [GUARD, *OTHERS] if request.param == "middleware" else OTHERS

    def client() -> Post:
        if request.param == "asgi":
            guard = asgi.Guard(ASGIHandler(), declared())  # type: ignore[arg-type]  # Django's own words for ASGI
            return over_asgi(guard)
        app = WSGIHandler()
        return over_wsgi(wsgi.Guard(app, declared()) if request.param == "wsgi" else app)

    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=middleware, SEEOTHER_CONFIG=config):
        yield client


def over_wsgi(app: Any) -> Post:  # noqa: ANN401 - what WSGI calls an application
    """A client that talks WSGI."""

    def send(key: str = "k-1", at: str = "/orders", **form: str) -> httpx2.Response:
        transport = httpx2.WSGITransport(app, raise_app_exceptions=False)
        with httpx2.Client(transport=transport, base_url="http://shop.test") as client:
            return client.post(at, data=form, headers={"idempotency-key": key, "accept": "application/json"})

    return send


def over_asgi(app: asgi.Guard) -> Post:
    """A client that talks ASGI, in an event loop of its own."""

    def send(key: str = "k-1", at: str = "/orders", **form: str) -> httpx2.Response:
        async def sent() -> httpx2.Response:
            transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
            async with httpx2.AsyncClient(transport=transport, base_url="http://shop.test") as client:
                return await client.post(at, data=form, headers={"idempotency-key": key, "accept": "application/json"})

        return asyncio.run(sent())

    return send


def test_an_order_and_its_answer_are_committed_together(
    post: Callable[[], Post], books: Callable[[], list[str]]
) -> None:
    """Another process replays the answer with both cookies; what waits for the commit has run, once."""
    first = post()(note="tea")
    second = post()(note="tea")

    assert books() == committed == ["tea"]
    assert (first.status_code, second.status_code) == (303, 303)
    assert second.headers["idempotency-replayed"] == "true"
    assert second.headers.get_list("set-cookie") == first.headers.get_list("set-cookie")
    assert second.headers["location"] == "/orders/tea"


@pytest.mark.parametrize("how", ["broken", "late"])
def test_a_view_that_raises_has_done_nothing(
    post: Callable[[], Post], books: Callable[[], list[str]], how: str
) -> None:
    """Neither row stays, and a retry does it."""
    send = post()
    failed = send(note="tea", how=how)
    left = books()
    done = send("k-2", note="tea")

    assert (failed.status_code, left, committed) == (500, [], ["tea"])
    assert (done.status_code, books()) == (303, ["tea"])


def test_a_server_error_has_done_nothing(post: Callable[[], Post], books: Callable[[], list[str]]) -> None:
    """What the view answered as a failure is rolled back."""
    send = post()

    assert send(note="tea", status="503").status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert (books(), committed) == ([], [])
    assert send(note="tea", status="503").status_code == HTTPStatus.SERVICE_UNAVAILABLE


def test_a_caught_error_of_the_database_can_be_answered(
    post: Callable[[], Post], books: Callable[[], list[str]]
) -> None:
    """The block is a savepoint: its failure leaves the claim, and the answer to it is remembered."""
    post()("k-1", note="tea")
    first = post()("k-2", note="tea")
    second = post()("k-2", note="tea")

    assert (first.status_code, first.content, books()) == (409, b"had that", ["tea"])
    assert (second.status_code, second.headers["idempotency-replayed"]) == (409, "true")


def test_a_transaction_around_it_is_refused(books: Callable[[], list[str]]) -> None:
    """Nobody but its beginner could end it, so the error says what to leave out."""
    guard = wsgi.Guard(WSGIHandler(), declared("POST /wrapped"))

    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=OTHERS, DEBUG_PROPAGATE_EXCEPTIONS=True):
        transport = httpx2.WSGITransport(guard)
        with (
            httpx2.Client(transport=transport, base_url="http://shop.test") as client,
            pytest.raises(CallerError, match="non_atomic_requests"),
        ):
            client.post("/wrapped", data={"note": "tea"}, headers={"idempotency-key": "k-1"})

    assert books() == []


def test_without_a_guard_the_block_is_a_transaction(books: Callable[[], list[str]]) -> None:
    """It commits at its end, or not at all; the connection itself is as good as its alias."""
    insert = "INSERT INTO orders (note) VALUES (%s)"
    with once(connections[SHOP]) as action:
        action.session.cursor().execute(insert, ["tea"])
    with pytest.raises(IntegrityError), once(SHOP) as action:
        action.session.cursor().executemany(insert, [["coffee"], ["tea"]])

    assert books() == ["tea"]
