# SPDX-License-Identifier: Apache-2.0
"""`seeother init` as a process."""

import json
import os
from pathlib import Path

import pytest

from seeother.settings import load_settings
from tests.seeother.cli.conftest import Run

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
    assert "one of the arguments --app --har is required" in process.stderr


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
