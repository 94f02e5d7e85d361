# SPDX-License-Identifier: Apache-2.0
"""Applications in wrappers and in each other."""

from typing import Any, cast

import pytest
from fastapi import FastAPI
from flask import Flask
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount, Route
from werkzeug.middleware.proxy_fix import ProxyFix

from seeother.asgi import Guard
from seeother.draft import read_routes
from seeother.settings import Settings
from tests.seeother.draft.reading import read, reasons, shown


class Wrapper:
    """Keeps what it wraps under a name."""

    def __init__(self, name: str, inner: object) -> None:
        """Wrap `inner`."""
        setattr(self, name, inner)


def answer(*_: object, **__: object) -> Any:  # noqa: ANN401 - an endpoint for all frameworks
    """Never called."""


def starlette() -> Starlette:
    """An application with one route."""
    return Starlette(routes=[Route("/orders", answer, methods=["POST"])])


@pytest.mark.parametrize("name", ["app", "_app", "application", "wsgi_application"])
def test_looks_into_wrappers(name: str) -> None:
    """Under the names that middleware uses, in any depth."""
    assert shown(read(Wrapper(name, Wrapper(name, starlette())))) == ["POST /orders"]


def test_looks_through_the_guard_and_middleware() -> None:
    """Ours and others'."""
    assert shown(read(Guard(GZipMiddleware(starlette()), Settings()))) == ["POST /orders"]


def test_looks_through_a_method() -> None:
    """Flask's documents wrap `app.wsgi_app`, a method."""
    app = Flask("shop", static_folder=None)
    app.add_url_rule("/orders", "orders", answer, methods=["POST"])

    assert shown(read(ProxyFix(app.wsgi_app))) == ["POST /orders"]


def test_a_mounted_application_of_another_framework_is_read() -> None:
    """Through its wrappers, below its path."""
    flask = Flask("shop", static_folder=None)
    flask.add_url_rule("/<int:order_id>", "order", answer)
    app = FastAPI(openapi_url=None)
    app.mount("/orders", cast("Any", Wrapper("app", flask)))

    assert shown(read(app)) == ["GET /orders/{order_id}"]


def test_an_application_mounted_in_itself_ends() -> None:
    """Each is read once on the way down."""
    app = starlette()
    app.routes.append(Mount("/again", app))

    assert shown(read(app)) == ["POST /orders"]


def test_each_exchange_is_read_once() -> None:
    """Two patterns that fit the same exchanges could not be declared both; the first is what the application takes."""
    app = Starlette(routes=[Route("/o/{id:int}", answer), Route("/o/{name}", answer), Route("/o/{rest:path}", answer)])

    assert shown(read(app)) == ["GET /o/{id}", "GET /o/{rest:path}"]


def test_a_path_that_cannot_be_written_is_left_out() -> None:
    """No line of the file is broken by it."""
    reading = read(Starlette(routes=[Route("/a\nb", answer)]))

    assert reading.routes == ()
    assert list(reasons(reading)) == ["/a\nb"]


def test_wrappers_in_a_circle_end() -> None:
    """They hold no application."""
    one, two = Wrapper("name", None), Wrapper("name", None)
    vars(one)["app"], vars(two)["app"] = two, one

    assert read_routes(one) is None


@pytest.mark.parametrize("app", [None, 1, "app", answer, Starlette, Flask, Wrapper("app", None)])
def test_what_is_no_application_is_not_read(app: object) -> None:
    """Values, functions and classes."""
    assert read_routes(app) is None
