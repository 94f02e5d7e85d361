# SPDX-License-Identifier: Apache-2.0
"""Every adapter of the guard, each around an application of a framework it is for."""

import tomllib
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from wsgiref.types import WSGIApplication

from werkzeug.middleware.proxy_fix import ProxyFix

from seeother import asgi, wsgi
from seeother.asgi.drive import Application
from seeother.settings import Settings, read_settings
from tests.contract.guard import asgi_applications, servers, wsgi_applications
from tests.contract.guard.django_site import site
from tests.contract.guard.exchange import Case, Script
from tests.contract.guard.proxied import proxied, unguarded
from tests.contract.guard.servers import Server
from tests.servers.uvicorn_server import serving, serving_wsgi

Opener = Callable[[Case, Script, Path], Iterator[Server]]


def _settings(case: Case) -> Settings:
    return read_settings(tomllib.loads(case.settings), {})


def _asgi(made: Callable[[Script], Application]) -> Opener:
    def opened(case: Case, script: Script, _folder: Path) -> Iterator[Server]:
        yield servers.asgi(asgi.Guard(made(script), _settings(case)))

    return opened


def _bare(case: Case, script: Script, _folder: Path) -> Iterator[Server]:
    yield servers.wsgi(wsgi.Guard(wsgi_applications.bare(script), _settings(case)))


def _flask(case: Case, script: Script, _folder: Path) -> Iterator[Server]:
    app = wsgi_applications.flask_(script)
    app.wsgi_app = wsgi.Guard(app.wsgi_app, _settings(case))  # type: ignore[method-assign]
    yield servers.wsgi(app)


def _django(case: Case, script: Script, _folder: Path) -> Iterator[Server]:
    with site(script) as app:
        yield servers.wsgi(wsgi.Guard(app, _settings(case)))


def _django_middleware(case: Case, script: Script, folder: Path) -> Iterator[Server]:
    config = folder / "seeother.toml"
    config.write_text(case.settings)
    with site(script, config) as app:
        yield servers.wsgi(app)


def _proxy(made: Callable[[Script], Application]) -> Opener:
    def opened(case: Case, script: Script, _folder: Path) -> Iterator[Server]:
        with serving(unguarded(made(script))) as port, proxied(_settings(case), port) as server:
            yield server

    return opened


def _proxy_wsgi(made: Callable[[Script], WSGIApplication]) -> Opener:
    def opened(case: Case, script: Script, _folder: Path) -> Iterator[Server]:
        with serving_wsgi(made(script)) as port, proxied(_settings(case), port) as server:
            yield server

    return opened


def _proxy_django(case: Case, script: Script, _folder: Path) -> Iterator[Server]:
    with (
        site(script) as app,
        serving_wsgi(ProxyFix(app, x_for=1, x_proto=1, x_host=1)) as port,
        proxied(_settings(case), port) as server,
    ):
        yield server


BARE = frozenset({"asgi", "wsgi"})
ADAPTERS: Mapping[str, Opener] = {
    "asgi": _asgi(asgi_applications.bare),
    "asgi-starlette": _asgi(asgi_applications.starlette),
    "asgi-starlette-middleware": _asgi(asgi_applications.starlette_middleware),
    "asgi-fastapi": _asgi(asgi_applications.fastapi_),
    "asgi-litestar": _asgi(asgi_applications.litestar_),
    "wsgi": _bare,
    "wsgi-flask": _flask,
    "wsgi-django": _django,
    "django-middleware": _django_middleware,
    "proxy": _proxy(asgi_applications.bare),
    "proxy-starlette": _proxy(asgi_applications.starlette),
    "proxy-flask": _proxy_wsgi(wsgi_applications.flask_behind),
    "proxy-django": _proxy_django,
}


@contextmanager
def guarded(adapter: str, case: Case, *, script: Script, folder: Path) -> Generator[Server]:
    """A server of an application that does what the script says, with this adapter around it."""
    yield from ADAPTERS[adapter](case, script, folder)
