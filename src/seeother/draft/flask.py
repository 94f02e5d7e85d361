# SPDX-License-Identifier: Apache-2.0
"""Reads applications with a `url_map`: Flask, and what else routes with Werkzeug.

Nothing is imported: whoever has such an application has its framework, and what is looked at is public there.
"""

from collections.abc import Iterator
from typing import Protocol, cast

from .found import Found, LeftOut, Report


class _Rule(Protocol):
    rule: str
    methods: set[str] | None
    websocket: bool
    redirect_to: object
    build_only: bool


class _Map(Protocol):
    def iter_rules(self) -> Iterator[_Rule]: ...


class _Mapped(Protocol):
    url_map: _Map


def has_url_map(app: object) -> bool:
    """Whether this is an application of the kind read here."""
    return not isinstance(app, type) and hasattr(getattr(app, "url_map", None), "iter_rules")


def read_url_map(app: object) -> Iterator[Report]:
    """What the rules of an application are."""
    for rule in cast("_Mapped", app).url_map.iter_rules():
        if rule.websocket or rule.redirect_to is not None or rule.build_only:
            continue
        if rule.methods is None:
            yield LeftOut(rule.rule, "answers any method, so nothing says what it is for")
        else:
            yield Found(rule.rule, frozenset(rule.methods))
