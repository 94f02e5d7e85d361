# SPDX-License-Identifier: Apache-2.0
"""Reads the routes of an application, whatever it is built with and however it is wrapped."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import MethodType

from seeother.errors import SettingsError
from seeother.message import Pattern

from .django import is_django, read_resolver
from .flask import has_url_map, read_url_map
from .found import Found, LeftOut, Mounted, Report, has_class_of
from .starlette import has_routes, read_route_list

# Where wrappers keep what they wrap: ASGI and WSGI middleware, our guard, WhiteNoise, asgiref's WsgiToAsgi.
_INNER = ("app", "_app", "application", "wsgi_application")
_NAMES = (
    ("fastapi", "FastAPI"),
    ("starlette", "Starlette"),
    ("litestar", "Litestar"),
    ("quart", "Quart"),
    ("flask", "Flask"),
    ("django", "Django"),
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")  # of the others no journey is made
_READERS: tuple[tuple[Callable[[object], bool], Callable[[object], Iterable[Report]]], ...] = (
    (is_django, read_resolver),
    (has_url_map, read_url_map),
    (has_routes, read_route_list),
)


@dataclass(frozen=True, slots=True)
class Route:
    """One exchange that an application answers; `is_assumed` when only its code suggests the method.

    `seen` are the statuses that somebody has seen, and how often.
    """

    pattern: Pattern
    is_assumed: bool = False
    seen: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What an application's routes are, each exchange once, and what was left out, with the reason.

    `visits` are shapes of routes in the order in which one person each met them first.
    """

    framework: str
    routes: tuple[Route, ...]
    left_out: tuple[LeftOut, ...] = ()
    visits: tuple[tuple[str, ...], ...] = ()


def read_routes(app: object) -> Reading | None:
    """The routes of an application and of all that is mounted in it; None for one that nobody here can read."""
    known = _unwrapped(app)
    if known is None:
        return None
    routes: dict[str, Route] = {}
    left_out: dict[LeftOut, None] = {}
    for report in _reports(known, "", frozenset()):
        if isinstance(report, LeftOut):
            left_out[report] = None
            continue
        for method in [method for method in METHODS if method in report.methods]:
            try:
                pattern = Pattern.parse(f"{method} {_printable(report.path)}")
            except SettingsError as error:
                left_out[LeftOut(report.path, error.cure)] = None
                continue
            routes.setdefault(pattern.shape, Route(pattern, report.is_assumed))
    return Reading(_name(known), tuple(routes.values()), tuple(left_out))


def _reports(known: object, prefix: str, above: frozenset[int]) -> Iterator[Found | LeftOut]:
    """What the reader of an application says, mounted applications in their places."""
    above |= {id(known)}
    read = next(read for knows, read in _READERS if knows(known))
    for report in read(known):
        path = (prefix.rstrip("/") + report.path) if prefix else report.path
        if not isinstance(report, Mounted):
            yield report._replace(path=path or "/")
            continue
        inner = _unwrapped(report.app)
        if inner is None:
            yield LeftOut(path or "/", f"{type(report.app).__name__}, which does not say its routes")
        elif id(inner) not in above:  # an application mounted in itself has no end
            yield from _reports(inner, path, above)


def _unwrapped(app: object) -> object | None:
    """The application inside its wrappers; None when none of the readers knows it."""
    seen: set[int] = set()
    while app is not None and id(app) not in seen:
        if any(knows(app) for knows, _ in _READERS):
            return app
        seen.add(id(app))
        if isinstance(app, MethodType):  # Flask's own hint: ProxyFix(app.wsgi_app)
            app = app.__self__
        else:
            app = next((inner for name in _INNER if (inner := getattr(app, name, None)) is not None), None)
    return None


def _name(known: object) -> str:
    """The framework, as people call it."""
    return next((name for module, name in _NAMES if has_class_of(known, module)), type(known).__name__)


def _printable(path: str) -> str:
    """The path, if it can be written down; the empty text, which is no path, otherwise."""
    return path if path.isprintable() else ""
