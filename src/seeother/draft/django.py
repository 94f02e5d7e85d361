# SPDX-License-Identifier: Apache-2.0
"""Reads what Django's URL configuration says: path converters, and regular expressions of the simple sort.

Nothing is imported: whoever has a Django application has imported Django. A view that is a function says nowhere which
methods it answers, unless `require_http_methods` does; then its code is looked at: one that never mentions POST takes
none.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, MethodType
from typing import Protocol

from .found import Found, LeftOut, Report, has_class_of

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_LIST_OF_DECORATOR = "request_method_list"  # what require_http_methods closes over, Django 1.2 to 5.2
_GROUP = re.compile(r"\((?:\?P<(?P<name>[A-Za-z_]\w*)>|(?!\?))(?P<body>(?:[^()\\]|\\.)*)\)")
_ESCAPED = re.compile(r"\\([^A-Za-z0-9])")
_PLAIN = re.compile(r"[^\\()\[\]{}.*+?|^$]+")


class _Pattern(Protocol):
    prefix_default_language: bool  # of a LocalePrefixPattern only


class _Entry(Protocol):
    pattern: _Pattern
    callback: object  # of a URLPattern only
    app_name: str | None  # of a URLResolver only


def is_django(app: object) -> bool:
    """Whether this is a WSGI or ASGI handler of Django."""
    return has_class_of(app, "django.core.handlers")


def read_resolver(_app: object) -> Iterator[Report]:
    """What the URL configuration named in the settings says; the handler knows nothing of it."""
    yield from _read(sys.modules["django.urls"].get_resolver().url_patterns, "/")


def _read(patterns: Iterable[_Entry], prefix: str) -> Iterator[Report]:
    for each in patterns:
        inner = getattr(each, "url_patterns", None)
        whole, problem = prefix + str(each.pattern), ""
        for path in _paths(each.pattern):
            if path is None:
                problem = "a regular expression that no path template can say"
            elif inner is None:
                yield Found(prefix + path, *_methods(each.callback))
            elif each.app_name == "admin":
                yield LeftOut(prefix + path, "the admin site is an office, not the shop")
            else:
                yield from _read(inner, prefix + path)
        if problem:
            yield LeftOut(whole, problem)


def _paths(pattern: _Pattern) -> list[str | None]:
    """The path templates that a pattern stands for; None for what cannot be said as one."""
    names = {each.__name__ for each in type(pattern).__mro__}
    if "LocalePrefixPattern" in names:  # the current language's; every one of them is a prefix
        return ["{language}/"] if pattern.prefix_default_language else ["", "{language}/"]
    text = str(pattern)
    if "RegexPattern" not in names:
        return [text]
    text = text.removeprefix("^").removesuffix("$").removesuffix(r"\Z").removesuffix(r"\z")
    if text.endswith("/?"):
        return [to_template(text[:-2]), to_template(text[:-1])]
    return [to_template(text)]


def to_template(regex: str) -> str | None:
    """A simple regular expression as a path template: literals and groups."""
    parts: list[str] = []
    at = groups = 0
    while at < len(regex):
        if group := _GROUP.match(regex, at):
            groups += 1
            rest = ":path" if group["body"] in {".*", ".+"} or "/" in group["body"] else ""
            parts.append("{" + (group["name"] or f"arg{groups}") + rest + "}")
            at = group.end()
        elif escaped := _ESCAPED.match(regex, at):
            parts.append(escaped[1])
            at = escaped.end()
        elif plain := _PLAIN.match(regex, at):
            parts.append(plain[0])
            at = plain.end()
        else:
            return None
    return "".join(parts)


def _methods(view: object) -> tuple[frozenset[str], bool]:
    """The methods that a view answers, and whether they are only assumed."""
    actions = getattr(view, "actions", None)  # a view set of the REST framework
    if isinstance(actions, dict):
        return frozenset([str(method).upper() for method in actions]), False
    kind = getattr(view, "view_class", None) or getattr(view, "cls", None)
    if kind is not None:
        allowed: list[str] = getattr(kind, "http_method_names", [])
        return frozenset([name.upper() for name in allowed if callable(getattr(kind, name, None))]), False
    mentioned: set[str] = set()
    for function in _layers(view):
        if not isinstance(function, FunctionType):
            continue
        code = function.__code__
        if function.__closure__ and _LIST_OF_DECORATOR in code.co_freevars:
            cell = function.__closure__[code.co_freevars.index(_LIST_OF_DECORATOR)]
            return frozenset(map(str, cell.cell_contents)), False
        mentioned |= _mentioned(code)
    return frozenset({"GET", *mentioned}), True


def _layers(view: object) -> Iterator[object]:
    """A view and what its decorators wrap, from the outside in."""
    seen: set[int] = set()
    while view is not None and id(view) not in seen:
        seen.add(id(view))
        yield view.__func__ if isinstance(view, MethodType) else view
        view = getattr(view, "__wrapped__", None)


def _mentioned(code: CodeType) -> set[str]:
    """The methods that a function's code names: `request.POST`, `request.method == "POST"`."""
    named: set[object] = set(code.co_names)
    for constant in code.co_consts:
        named.update(constant if isinstance(constant, (tuple, frozenset)) else (constant,))
    return {method for method in _METHODS if method in named}
