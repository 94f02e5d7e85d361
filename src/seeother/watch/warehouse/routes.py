# SPDX-License-Identifier: Apache-2.0
"""The configured journeys as rows of the table `routes`, which says to views which step an exchange attempts."""

import json
import re
from collections.abc import Iterable, Iterator
from hashlib import sha256

from seeother.journey import Journey
from seeother.message import Pattern

from .port import Engine

SESSION = "session.id"  # the attribute that OpenTelemetry has for it
_DICTIONARIES = ("route_steps", "route_patterns", "step_positions", "identity")
_PLACEHOLDER = re.compile(r"\{[A-Za-z0-9_]+\}")
_REST_SEGMENTS = 16  # of a path that a pattern for the rest of it still fits

Row = dict[str, str | int]


def route_rows(journeys: Iterable[Journey]) -> list[Row]:
    """One row a journey, route and number of segments; the first journey's also under no name."""
    rows: list[Row] = []
    nameless: set[tuple[str, str]] = set()
    for journey in journeys:
        mine = list(_of(journey))
        rows += [{"journey": journey.name, **row} for row in mine]
        news = {(str(row["method"]), str(row["route"])) for row in mine} - nameless
        rows += [{"journey": "", **row} for row in mine if (row["method"], row["route"]) in news]
        nameless |= news
    return rows


def digest_of_routes(rows: Iterable[Row], identity: str) -> str:
    """Tells one configuration from another."""
    return sha256(json.dumps([identity, *rows], sort_keys=True).encode()).hexdigest()


def write_routes(engine: Engine, rows: Iterable[Row], identity: str) -> None:
    """Put these rows and this identity in place of any before."""
    for table, content in (("routes", rows), ("identities", [{"attribute": identity}])):
        engine.run(f"TRUNCATE TABLE {table}")
        lines = [json.dumps(row).encode() + b"\n" for row in content]
        if lines:
            engine.insert(f"INSERT INTO {table}", "JSONEachRow", lines)
    for dictionary in _DICTIONARIES:
        engine.run(f"SYSTEM RELOAD DICTIONARY {dictionary}")


def _of(journey: Journey) -> Iterator[Row]:
    attempts = {pattern.shape: (pattern, step.name) for step in journey.steps for pattern in step.on}
    pages = {
        pattern.shape: (pattern, step.name)
        for step in journey.steps
        # A step that names no page is its own, as far as people get there by a link.
        for pattern in (step.page or [pattern for pattern in step.on if pattern.method == "GET"])
    }
    positions = {step.name: number for number, step in enumerate(journey.steps, 1)}
    patterns = {shape: pattern for shape, (pattern, _) in (pages | attempts).items()}
    # The order in which PatternTable decides: literal, then placeholders, then the rest of a path; else as written.
    ranked = sorted(patterns.items(), key=lambda item: (item[1].rest, "{" in item[1].template))
    for rank, (shape, pattern) in enumerate(ranked):
        _, step = attempts.get(shape, (pattern, ""))
        _, page = pages.get(shape, (pattern, ""))
        for segments in _segments(pattern):
            yield {
                "method": pattern.method,
                "route": _PLACEHOLDER.sub("{}", pattern.template),
                "segments": segments,
                "rank": rank,
                "pattern": _expression(pattern),
                "of": journey.name,
                "step": step,
                "position": positions.get(step, 0),
                "page": page,
            }


def _segments(pattern: Pattern) -> range:
    own = pattern.template.count("/")
    return range(own, own + (_REST_SEGMENTS if pattern.rest else 1))


def _expression(pattern: Pattern) -> str:
    """The pattern as a regular expression of RE2 for a whole path."""
    literals = [re.escape(part) for part in _PLACEHOLDER.split(pattern.template)]
    if pattern.rest:
        return "^" + "[^/]+".join(literals[:-1]) + ".*$"
    return "^" + "[^/]+".join(literals) + "$"
