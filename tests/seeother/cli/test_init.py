# SPDX-License-Identifier: Apache-2.0
"""`seeother init` as a process."""

import json
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
import uvicorn
from httpx2 import Client
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from starlette.applications import Starlette
from starlette.middleware.opentelemetry import OpenTelemetryMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from seeother.settings import load_settings
from tests.seeother.cli.conftest import Run
from tests.seeother.cli.test_watch import running
from tests.servers.program import free_port
from tests.servers.uvicorn_server import serving

SECRET = "0123456789abcdef"
EXCHANGES = ["GET /cart", "POST /orders", "GET /orders/{id}"]
FASTAPI = """
from fastapi import FastAPI
print("the application talks")
app = FastAPI(openapi_url=None)
@app.get("/cart")
def cart(): ...
@app.post("/orders")
def order(): ...
@app.get("/orders/{id}")
def confirmation(id: int): ...
"""
STARLETTE = """
from starlette.applications import Starlette
from starlette.routing import Route
from seeother.asgi import Guard
async def answer(request): ...
orders = Route("/orders", answer, methods=["POST"])
app = Guard(Starlette(routes=[Route("/cart", answer), orders, Route("/orders/{id:int}", answer)]))
"""
LITESTAR = """
from litestar import Litestar, get, post
from litestar.params import FromPath
@get("/cart")
async def cart() -> None: ...
@post("/orders")
async def order() -> None: ...
@get("/orders/{id:int}")
async def confirmation(id: FromPath[int]) -> None: ...
app = Litestar([cart, order, confirmation], openapi_config=None)
"""
FLASK = """
from flask import Flask
def create_app():
    app = Flask("shop", static_folder=None)
    @app.get("/cart")
    def cart(): ...
    @app.post("/orders")
    def order(): ...
    @app.get("/orders/<int:id>")
    def confirmation(id): ...
    return app
app = create_app()
"""
DJANGO = """
import sys
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import path
from django.views.decorators.http import require_GET, require_POST
@require_GET
def page(request, **kwargs): ...
@require_POST
def order(request): ...
urlpatterns = [path("cart", page), path("orders", order), path("orders/<int:id>", page)]
settings.configure(ROOT_URLCONF="web", SECRET_KEY="x")
app = get_wsgi_application()
"""
STOREFRONT = """
from pathlib import Path
from seeother_shop.database import Database
from seeother_shop.storefront import Neighbours, create_app
nobody = "http://127.0.0.1:1"
neighbours = Neighbours(nobody, nobody, api_key="key", webhook_secret="whsec_MDEyMzQ1Njc4OWFi")
app = create_app(Database(f"sqlite:///{Path.cwd()}/shop.db"), neighbours, origin=nobody)
"""


@pytest.mark.parametrize(
    ("framework", "text"),
    [
        ("FastAPI", FASTAPI),
        ("Starlette", STARLETTE),
        ("Litestar", LITESTAR),
        ("Flask", FLASK),
        ("Django", DJANGO),
    ],
)
def test_writes_a_file_that_can_be_used(run: Run, tmp_path: Path, framework: str, text: str) -> None:
    """One line about what was found, nothing on standard output, and `seeother check` is content."""
    (tmp_path / "web.py").write_text(text)

    process = run("init", "--app", "web:app")

    assert process.returncode == 0
    assert process.stdout == ""
    assert process.stderr.removeprefix("the application talks\n") == (
        f"seeother: init: web:app ({framework}) answers 3 routes; declared 1 action; "
        "steps cart, submit_order, confirmation; wrote seeother.toml\n"
    )
    settings = load_settings(tmp_path / "seeother.toml", {"SEEOTHER_SECRET": SECRET})
    assert [str(route.match) for route in settings.routes] == ["POST /orders"]
    assert [str(step.on[0]) for step in settings.journeys[0].steps] == EXCHANGES
    checked = run("check", SEEOTHER_SECRET=SECRET)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.slow
def test_finds_the_steps_of_the_shop(run: Run, tmp_path: Path) -> None:
    """As its own file has them, but for what no path says."""
    (tmp_path / "web.py").write_text(STOREFRONT)

    process = run("init", "--app", "web:app")

    assert process.returncode == 0, process.stderr
    settings = load_settings(tmp_path / "seeother.toml", {"SEEOTHER_SECRET": SECRET})
    assert {str(route.match): route.kind.value for route in settings.routes} == {
        "POST /cart/items": "action",
        "POST /cart/items/{slug}/remove": "action",
        "POST /orders": "action",
        "POST /payments/return": "return",
        "POST /payments/webhook": "callback",
    }
    names = [step.name for step in settings.journeys[0].steps]
    assert names == ["product", "cart", "checkout", "submit_order", "payment", "confirmation"]
    assert run("check", SEEOTHER_SECRET=SECRET).returncode == 0


def test_a_dash_is_standard_output(run: Run, tmp_path: Path) -> None:
    """The file and nothing else, whatever the application prints; what is there already does not matter."""
    (tmp_path / "web.py").write_text(FASTAPI)
    (tmp_path / "seeother.toml").write_text("mine")

    process = run("init", "--app", "web:app", "--output", "-")

    assert process.returncode == 0
    assert process.stdout.startswith("# Drafted by `seeother init` from the routes of web:app (FastAPI).\n")
    assert "talks" not in process.stdout
    assert "wrote" not in process.stderr
    assert (tmp_path / "seeother.toml").read_text() == "mine"


def test_replaces_a_file_only_when_told(run: Run, tmp_path: Path) -> None:
    """The application is not even imported before."""
    (tmp_path / "web.py").write_text(FASTAPI)
    (tmp_path / "shop.toml").write_text("mine")

    process = run("init", "--app", "web:app", "--output", "shop.toml")

    assert process.returncode == 2
    assert process.stderr == (
        "seeother: init: --output = 'shop.toml': is there already; give another FILE, or --force to replace it\n"
    )
    assert (tmp_path / "shop.toml").read_text() == "mine"
    assert run("init", "--app", "web:app", "--output", "shop.toml", "--force").returncode == 0
    assert load_settings(tmp_path / "shop.toml", os.environ | {"SEEOTHER_SECRET": SECRET}).routes


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--app", "nowhere:app"], "--app = 'nowhere:app': there is no module nowhere here"),
        (["--app", "web:shop"], "--app = 'web:shop': web has no shop; did you mean create_app or app?"),
        (["--app", "web:create_app"], "--app = 'web:create_app': builtins.function is no application"),
        (["--app", "web:app", "--output", "no/such.toml"], "--output = 'no/such.toml': cannot be written"),
    ],
)
def test_wrong_usage_is_one_line(run: Run, tmp_path: Path, arguments: list[str], complaint: str) -> None:
    """What is wrong, with which value, and what to do; exit code 2."""
    (tmp_path / "web.py").write_text(FLASK)

    process = run("init", *arguments)

    assert process.returncode == 2
    assert process.stdout == ""
    assert process.stderr.startswith(f"seeother: init: {complaint}")
    assert process.stderr.count("\n") == 1


def test_what_breaks_while_routes_are_read_is_told(run: Run, tmp_path: Path) -> None:
    """Django imports its views only then."""
    (tmp_path / "web.py").write_text(DJANGO.replace('ROOT_URLCONF="web"', 'ROOT_URLCONF="gone"'))

    process = run("init", "--app", "web:app")

    assert process.returncode == 2
    assert "its routes cannot be read: ModuleNotFoundError: No module named 'gone'" in process.stderr
    assert process.stderr.count("\n") == 1


def test_a_source_is_needed(run: Run) -> None:
    """Without one there is nothing to write."""
    process = run("init")

    assert process.returncode == 2
    assert "one of the arguments --app --har --watch is required" in process.stderr


def har(*exchanges: tuple[str, str, int]) -> str:
    """A recording of these exchanges, as browsers write it."""
    entries = [
        {
            "request": {"method": method, "url": f"https://shop.example{path}", "headers": []},
            "response": {"status": status, "headers": [{"name": "Content-Type", "value": "text/html"}]},
        }
        for method, path, status in exchanges
    ]
    return json.dumps({"log": {"version": "1.2", "entries": entries}})


def test_a_recording_shows_a_shop_in_any_language(run: Run, tmp_path: Path) -> None:
    """The file can be used as it is, and names what was recorded."""
    visit = har(("GET", "/cart", 200), ("POST", "/orders", 302), ("GET", "/orders/1017", 200))
    (tmp_path / "visit.har").write_text(visit)

    process = run("init", "--har", "visit.har")

    assert process.returncode == 0, process.stderr
    assert "visit.har (a recording) answers 3 routes" in process.stderr
    read = load_settings(tmp_path / "seeother.toml", {"SEEOTHER_SECRET": SECRET})
    assert [str(pattern) for step in read.journeys[0].steps for pattern in step.on] == EXCHANGES


@pytest.mark.parametrize(
    ("content", "cure"),
    [(None, "cannot be read"), ("no", "this is not JSON"), (har(("GET", "/gone", 404)), "no page of a shop")],
)
def test_recording_of_nothing_is_wrong_usage(run: Run, tmp_path: Path, content: str | None, cure: str) -> None:
    """It says what is missing, and writes nothing."""
    if content is not None:
        (tmp_path / "visit.har").write_text(content)

    process = run("init", "--har", "visit.har")

    assert process.returncode == 2
    assert cure in process.stderr
    assert not (tmp_path / "seeother.toml").exists()


TOKEN = "let-me-in"


async def page(request: Request) -> Response:
    """A shop's page, and how the shop tells people apart: by the attribute that OpenTelemetry has for it."""
    trace.get_current_span().set_attribute("session.id", request.cookies.get("sessionid", ""))
    return Response("<!doctype html>", 303 if request.method == "POST" else 200, media_type="text/html")


async def any_page(scope: Scope, receive: Receive, send: Send) -> None:
    """The same without routes, so that telemetry has only paths."""
    await (await page(Request(scope)))(scope, receive, send)


ROUTED = Starlette(
    routes=[
        Route("/products/{slug}", page),
        Route("/cart", page),
        Route("/checkout/payment", page, methods=["POST"]),
        Route("/orders", page, methods=["POST"]),
        Route("/orders/{number:int}", page),
    ]
)


@contextmanager
def stock_shop(service: str, app: ASGIApp, watch: str) -> Generator[str]:
    """A shop that knows nothing of SeeOther and sends OpenTelemetry with stock parts; yields its address."""
    exporter = OTLPSpanExporter(f"{watch}/v1/traces", headers={"authorization": f"Bearer {TOKEN}"})
    provider = TracerProvider(resource=Resource({"service.name": service}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    traced = OpenTelemetryMiddleware(app, tracer_provider=provider)
    with serving(uvicorn.Config(traced, lifespan="off", log_level="critical")) as port:
        yield f"http://127.0.0.1:{port}"
    provider.shutdown()


def visit(shop: str, who: str, *exchanges: str) -> None:
    """Go through the shop."""
    with Client(base_url=shop, cookies={"sessionid": who}, timeout=20) as client:
        for exchange in exchanges:
            method, path = exchange.split()
            client.request(method, path)


def _until_seen(watch: str, count: int) -> None:
    """Wait until watch has made rows of so many exchanges."""
    limit = time.monotonic() + 20
    seen = -1
    while seen < count:
        assert time.monotonic() < limit, seen
        answer = httpx2.get(f"{watch}/api/routes", headers={"authorization": f"Bearer {TOKEN}"}, timeout=20)
        seen = sum(row["exchanges"] for row in answer.json()["routes"])


@pytest.mark.slow
def test_telemetry_shows_a_shop_without_seeother(run: Run, tmp_path: Path) -> None:
    """Its steps in the order in which people went: here they pay before they order. The token is needed and enough."""
    (tmp_path / "watch").mkdir()
    with running(tmp_path / "watch", SEEOTHER_WATCH_TOKEN=TOKEN) as watch:
        for service, app in (("routed", ROUTED), ("bare", any_page)):
            with stock_shop(service, app, watch.url) as shop:
                for who, number in (("ann", 1017), ("bob", 1018)):
                    visit(shop, who, f"GET /products/tea-{who}", "GET /cart", "POST /checkout/payment", "POST /orders",
                          f"GET /orders/{number}", "GET /cart")  # fmt: skip
                visit(shop, "eve", "GET /cart", "GET /products/tea")
        _until_seen(watch.url, 2 * (2 * 6 + 2))
        unknown = run("init", "--watch", watch.url)
        elsewhere = run("init", "--watch", watch.url, "--service", "toyshop", SEEOTHER_WATCH_TOKEN=TOKEN)
        drafted = {
            name: run("init", "--watch", watch.url, "--service", name, "--output", name, SEEOTHER_WATCH_TOKEN=TOKEN)
            for name in ("routed", "bare")
        }

    assert (unknown.returncode, "set SEEOTHER_WATCH_TOKEN" in unknown.stderr) == (2, True)
    assert (elsewhere.returncode, "these have: bare, routed" in elsewhere.stderr) == (2, True)
    for name, process in drafted.items():
        assert process.returncode == 0, process.stderr
        assert f"{watch.url} (telemetry of {name}) answers 5 routes" in process.stderr
        text = (tmp_path / name).read_text()
        read = load_settings(tmp_path / name, {"SEEOTHER_SECRET": SECRET})
        assert [(step.name, str(step.on[0])) for step in read.journeys[0].steps] == [
            ("product", "GET /products/{slug}"),
            ("cart", "GET /cart"),
            ("payment", "POST /checkout/payment"),
            ("submit_order", "POST /orders"),
            ("confirmation", f"GET /orders/{'{number}' if name == 'routed' else '{id}'}"),
        ]
        assert {str(route.match) for route in read.routes} == {"POST /checkout/payment", "POST /orders"}
        assert "Their order is that of 2 visits." in text  # of those who have sent something
        assert "answered 303 (2)" in text


def test_watch_that_is_not_there_is_unreachable(run: Run, tmp_path: Path) -> None:
    """3 where nobody answers; 2 where somebody else does, and for what is no address."""
    nobody = run("init", "--watch", f"http://127.0.0.1:{free_port()}")
    with serving(uvicorn.Config(ROUTED, lifespan="off", log_level="critical")) as port:
        other = run("init", "--watch", f"http://127.0.0.1:{port}")
    wrong = [
        run("init", "--watch", url)
        for url in ("127.0.0.1:8304", "http://:8304", "http://a:port", "http://[::1", "http://a..b", "http://a/ü")
    ]
    secret = run("init", "--watch", "http://name:word@127.0.0.1:8304")
    alone = run("init", "--har", "visit.har", "--service", "shop")

    assert (nobody.returncode, "is `seeother watch` running there?" in nobody.stderr) == (3, True)
    assert (other.returncode, "is no watch" in other.stderr) == (2, True)
    assert [(each.returncode, "write the address of watch" in each.stderr) for each in wrong] == [(2, True)] * 6
    assert (secret.returncode, "word@" in secret.stderr) == (2, False)
    assert (alone.returncode, "is for --watch" in alone.stderr) == (2, True)
    assert not (tmp_path / "seeother.toml").exists()
