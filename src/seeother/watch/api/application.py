# SPDX-License-Identifier: Apache-2.0
"""The API as one application, with its description at `/api/openapi.json`."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI
from starlette.routing import BaseRoute

from seeother import __version__

from .announcer import Announcer
from .attempts import add_attempts
from .desk import Desk
from .findings import add_findings
from .health import add_health
from .ingest import add_ingest
from .intake import Intake
from .journeys import add_journeys
from .problem import add_problems
from .routes import add_routes
from .statuses import add_statuses
from .stream import add_stream


def create_api(
    desk: Desk,
    intake: Intake,
    announcer: Announcer,
    *,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]],
    pages: list[BaseRoute],
) -> FastAPI:
    """All paths but those of OTLP; `pages` are served beside them."""
    api = FastAPI(
        title="SeeOther watch",
        summary="How journeys fare: outcomes, the matrix, heat maps, funnels, findings and timelines.",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,  # these pages load their scripts from other sites
        redoc_url=None,
        redirect_slashes=False,  # Starlette's Location is absolute, of whatever scheme and host it was asked with
        lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # or watch would watch itself watching
    )
    add_problems(api)
    add_health(api, desk, intake)
    add_ingest(api, desk, intake)
    add_journeys(api, desk)
    add_statuses(api, desk)
    add_attempts(api, desk)
    add_findings(api, desk)
    add_routes(api, desk)
    add_stream(api, announcer)
    api.router.routes.extend(pages)
    return api
