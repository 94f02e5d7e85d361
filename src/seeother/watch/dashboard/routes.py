# SPDX-License-Identifier: Apache-2.0
"""The routes that serve the built page, under a policy that lets it run its own files and nothing else."""

from collections.abc import Mapping
from os import PathLike, stat_result
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

BUILT = Path(__file__).with_name("static") / "dashboard"

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "img-src": "'self' data:",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    # The page writes HTML from nothing but its own compiled templates; that is the one policy it makes.
    "require-trusted-types-for": "'script'",
    "trusted-types": "svelte-trusted-html",
}

SECURITY = {
    "content-security-policy": "; ".join(f"{directive} {value}" for directive, value in POLICY.items()),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}

REVALIDATED = "no-cache"
IMMUTABLE = "public, max-age=31536000, immutable"  # a year; a changed file has another name

NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>SeeOther watch: the page is not built</title>
<h1>The page is not built</h1>
<p>Watch is running, but the files of its page are missing. In the repository, run <code>make web</code> and load this
page again. A wheel has them inside.</p>
<p>What the page would show can be read as JSON: <a href="./api/journeys">/api/journeys</a>,
<a href="./api/findings">/api/findings</a>, <a href="./api/broken">/api/broken</a>.</p>
</html>
"""


class BuiltFiles(StaticFiles):
    """Built files with the page's security fields and one rule about caching."""

    def __init__(self, directory: Path, *, caching: str) -> None:
        """Serve `directory`, which need not exist yet: the page may be built while watch runs."""
        super().__init__(directory=directory, check_dir=False)
        self._fields = SECURITY | {"cache-control": caching}

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file, or 304 when the caller has it; either with our fields."""
        return with_fields(super().file_response(full_path, stat_result, scope, status_code), self._fields)


def with_fields(response: Response, fields: Mapping[str, str]) -> Response:
    """The same response, with `fields` set."""
    response.headers.update(fields)
    return response


def dashboard_routes(built: Path = BUILT) -> list[BaseRoute]:
    """The page at `/`, its hashed assets and its icon, from the folder `built`."""
    page = BuiltFiles(built, caching=REVALIDATED)

    async def index(request: Request) -> Response:
        if not (built / "index.html").is_file():
            fields = SECURITY | {"cache-control": "no-store"}
            return HTMLResponse(NOT_BUILT, status_code=503, headers=fields)
        return await page.get_response("index.html", request.scope)

    async def icon(request: Request) -> Response:
        return await page.get_response("favicon.svg", request.scope)

    return [
        Route("/", index, name="dashboard"),
        Route("/favicon.svg", icon, name="dashboard-icon"),
        Mount("/assets", BuiltFiles(built / "assets", caching=IMMUTABLE), name="dashboard-assets"),
    ]
