# SPDX-License-Identifier: Apache-2.0
"""Reads applications with a list of `routes`: Starlette, FastAPI and Litestar.

Nothing is imported: whoever has such an application has its framework, and what is looked at is public there.
"""

import sys
from collections.abc import Iterable, Iterator
from typing import Protocol, cast

from .found import Found, LeftOut, Mounted, Report

_METHODS = ("get", "post", "put", "patch", "delete")


class _Routed(Protocol):
    routes: list[object]


def has_routes(app: object) -> bool:
    """Whether this is an application of the kind read here."""
    return not isinstance(app, type) and isinstance(getattr(app, "routes", None), (list, tuple))


def read_route_list(app: object) -> Iterator[Report]:
    """What the routes of an application are."""
    for route in _spread(cast("_Routed", app).routes):
        yield from _read(route)


def _spread(routes: Iterable[object]) -> Iterable[object]:
    """The routes, those of included routers with their prefixes, which newer FastAPI joins late."""
    fastapi = sys.modules.get("fastapi.routing")
    spread = getattr(fastapi, "iter_route_contexts", None)
    return routes if spread is None else spread(routes)


def _read(route: object) -> Iterator[Report]:
    path, methods, inner = [getattr(route, name, None) for name in ("path", "methods", "app")]
    if getattr(route, "host", None) is not None and path is None:  # Starlette's Host
        yield Mounted("", inner)
    elif path is None or _is_websocket(route):
        return
    elif methods:
        yield Found(path, frozenset(map(str, methods)))
    elif (endpoint := getattr(route, "endpoint", None)) is not None:
        yield _by_class(path, endpoint)
    elif inner is not None:  # Starlette's Mount
        yield Mounted(path, inner)
    else:
        yield LeftOut(path, "an ASGI application of its own, which does not say its routes")


def _by_class(path: str, endpoint: object) -> Report:
    """A class whose methods bear the names of HTTP's, as Starlette's HTTPEndpoint, or an application."""
    methods = [method.upper() for method in _METHODS if callable(getattr(endpoint, method, None))]
    if isinstance(endpoint, type) and methods:
        return Found(path, frozenset(methods))
    return LeftOut(path, "answers any method, so nothing says what it is for")


def _is_websocket(route: object) -> bool:
    kind = getattr(route, "original_route", route)
    return "websocket" in type(kind).__name__.lower()
