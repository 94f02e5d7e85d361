# SPDX-License-Identifier: Apache-2.0
"""Routes put together from answers that somebody has seen, one after the other.

A route that nobody has visited is not there, and one that was only ever refused (404, 405, 501) is none.
"""

import re
from collections import Counter
from collections.abc import Iterable

from seeother.errors import SettingsError
from seeother.message import Pattern

from .found import LeftOut
from .routes import METHODS, Reading, Route

_FILE_NAME = re.compile(r"\.(?:avif|css|gif|ico|jpe?g|js|json|map|mjs|png|svg|txt|webmanifest|webp|woff2?|xml)\Z")
_NO_ROUTE = frozenset({404, 405, 501})
_OWN = "/.seeother/"


class Observed:
    """What was seen of one site: which routes it has, with which answers, and in which order people met them."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._patterns: dict[str, Pattern] = {}
        self._statuses: dict[str, Counter[int]] = {}
        self._left_out: dict[LeftOut, None] = {}

    def see(self, method: str, template: str, status: int, count: int = 1) -> str | None:
        """Note answers with one status; the route's shape, None for what is none: a file, or the guard's own page."""
        if method not in METHODS or template.startswith(_OWN) or (method == "GET" and _FILE_NAME.search(template)):
            return None
        try:
            pattern = Pattern.parse(f"{method} {template}")
        except SettingsError as error:
            self._left_out[LeftOut(template, error.cure)] = None
            return None
        shape = pattern.shape
        self._patterns.setdefault(shape, pattern)
        self._statuses.setdefault(shape, Counter())[status] += count
        return shape

    def leave_out(self, path: str, reason: str) -> None:
        """Note what is not of this site."""
        self._left_out[LeftOut(path, reason)] = None

    def reading(self, source: str, visits: Iterable[Iterable[str]] = ()) -> Reading:
        """All of it; `visits` are shapes in the order in which one person each met them first."""
        known = {shape: seen for shape, seen in self._statuses.items() if seen.keys() - _NO_ROUTE}
        routes = [Route(self._patterns[shape], seen=tuple(sorted(seen.items()))) for shape, seen in known.items()]
        kept = [tuple(dict.fromkeys(shape for shape in visit if shape in known)) for visit in visits]
        return Reading(source, tuple(routes), tuple(self._left_out), tuple([visit for visit in kept if visit]))
