# SPDX-License-Identifier: Apache-2.0
"""The provider as an ASGI application."""

import random
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import Response
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother_shop.database import Database, migrate
from seeother_shop.money import format_money
from seeother_shop.page import Assets, Pages
from seeother_shop.problem import problem
from seeother_shop.recurring import Recurring

from . import api, hosted
from .courier import Courier
from .provider import Provider

_ROOM = Path(__file__).parent
_ROUND_SECONDS = 0.2  # how late a due webhook may leave
_PATHS_OF_PEOPLE = ("/pay/", "/static/")


def create_app(
    database: Database,
    *,
    api_key: str,
    webhook_secret: str,
    origin: str,
    seed: int = 1,
    is_held: Callable[[], bool] = lambda: False,
    clock: Clock = SYSTEM_CLOCK,
) -> FastAPI:
    """The application, on a database brought up to date; while `is_held` says so, no webhook leaves."""
    migrate(database, _ROOM / "migrations")
    courier = Courier(database, webhook_secret, is_held=is_held, clock=clock)
    rounds = Recurring("courier", courier.deliver_due, every_seconds=_ROUND_SECONDS)
    assets = Assets(_ROOM / "static")
    provider = Provider(
        database=database,
        origin=origin,
        api_key=api_key,
        courier=courier,
        rounds=rounds,
        # The shop may see from which site a person returns; with a stricter policy the POST's Origin would be null.
        pages=Pages(_ROOM / "templates", assets, {"money": format_money}, referrer="strict-origin"),
        assets=assets,
        chance=random.Random(seed),  # noqa: S311 - late and doubled webhooks, repeatable by the seed
        clock=clock,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        rounds.start()
        yield
        rounds.stop()
        courier.close()

    # Another company: nothing of ours looks into it.
    silent: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan, telemetry=silent)
    app.router.redirect_slashes = False
    app.state.provider = provider
    app.include_router(hosted.ROUTES)
    app.add_api_route("/static/{name}", _static)
    app.add_api_route("/healthz", _health)
    app.include_router(api.ROUTES)
    app.add_exception_handler(HTTPException, _refused)
    return app


def _static(name: str, request: Request) -> Response:
    provider: Provider = request.app.state.provider
    found = provider.assets.answer(name)
    return found or problem(404, "Not Found", "there is no such file")


def _health() -> dict[str, str]:
    return {"status": "ok"}


def _refused(request: Request, error: Exception) -> Response:
    """Errors of routing and of the API key: a page for people, problem details for programs."""
    if not isinstance(error, HTTPException):
        raise error
    if request.url.path.startswith(_PATHS_OF_PEOPLE):
        text = "There is nothing here. If you came to pay, please start again at the shop."
        return hosted.message(request.app.state.provider, error.status_code, "Nothing to pay here", text)
    return problem(error.status_code, "Not possible", str(error.detail), fields=error.headers)
