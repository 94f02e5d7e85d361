# SPDX-License-Identifier: Apache-2.0
"""A wall is crossed at the face: absolute from another room's `__init__`, relative inside one's own room.

The named doors are the exception: a file that needs an optional dependency bears its name and is imported by its path,
so that the face stays free of the dependency. What such a file needs for itself alone may stand beside it under its
name and another, as `redis_line.py` does; that one is no door.
"""

import sys
from pathlib import Path

import pytest

from tests.house.imports import OURS, Import, imports, packages, room_of
from tests.house.tree import ROOT, plant

# A door's file name, and the package that stays behind it.
DOORS = {
    "aiohttp": "aiohttp",
    "asyncpg": "asyncpg",
    "chdb": "chdb",
    "clickhouse": "clickhouse_connect",
    "django": "django",
    "fastapi": "fastapi",
    "flask": "flask",
    "httpx": "httpx",
    "httpx2": "httpx2",
    "opentelemetry": "opentelemetry",
    "playwright": "playwright",
    "postgres": "psycopg",
    "psycopg": "psycopg",
    "pydantic": "pydantic",
    "redis": "redis",
    "requests": "requests",
    "starlette": "starlette",
    "serve": "uvicorn",  # the way into a room that runs a server; with it comes the engine
    "sqlalchemy": "sqlalchemy",
}
# What a library brings along and says itself is how to use it.
BROUGHT_ALONG = {"asgiref": "django", "hiredis": "redis"}
# The one package that comes with the guard, and what comes with a door's package; each with the one file that knows it.
NEEDED = {"seeother.client.requests": "urllib3", "seeother.message.structured": "http_sf"}
# The guard's rooms: they need nothing but Python, save behind a door.
BARE = {
    "asgi",
    "breaker",
    "client",
    "clock",
    "errors",
    "journey",
    "ledger",
    "message",
    "policy",
    "rules",
    "settings",
    "telemetry",
    "wsgi",
}


def ours(found: Import) -> bool:
    """Whether the imported module is one of this project's."""
    return found.target.split(".")[0] in OURS


def wall(found: Import) -> str | None:
    """The outermost room that holds the target but not the importer: its face is where to knock."""
    parts = found.target.split(".")
    for depth in range(2, len(parts) + 1):  # the packages themselves are houses, not rooms
        package = ".".join(parts[:depth])
        if not f"{found.importer}.".startswith(f"{package}."):
            return package
    return None


def through_the_wall(root: Path) -> list[str]:
    """Each import that reaches past another room's face, and not through a named door."""
    return [
        found.place
        for found in imports(root)
        if ours(found)
        and (face := wall(found)) is not None
        and found.target != face
        and found.target.split(".")[-1] not in DOORS
    ]


def wrong_form(root: Path) -> list[str]:
    """Each import that is relative across a wall, or absolute inside a room."""
    rooms = packages(root)
    complaints: list[str] = []
    for found in imports(root):
        if not ours(found):
            continue
        face = wall(found)
        inside = room_of(found.importer) == room_of(found.target)
        # A room inside a room has walls too, but not towards the room that it is in.
        if inside and face in rooms:
            above = face.rpartition(".")[0]
            inside = found.importer.rpartition(".")[0] == above or found.importer == above
        if found.relative != inside:
            complaints.append(found.place)
    return complaints


def heavy(root: Path) -> list[str]:
    """Each import of an installed package in a room of the guard, but behind the door that bears its name."""
    complaints: list[str] = []
    for found in imports(root):
        package = found.target.split(".")[0]
        package = BROUGHT_ALONG.get(package, package)
        house, _, rest = found.importer.partition(".")
        bare = house == "seeother" and (not rest or rest.split(".")[0] in BARE)
        behind = {DOORS.get(found.importer.split(".")[-1].partition("_")[0]), NEEDED.get(found.importer)}
        if bare and package not in {*sys.stdlib_module_names, "seeother", *behind}:
            complaints.append(found.place)
    return complaints


def test_rooms_are_entered_by_their_face() -> None:
    """What a room does not show may change without anybody noticing."""
    assert through_the_wall(ROOT) == []


def test_an_import_shows_whether_it_crosses_a_wall() -> None:
    """Absolute across a wall, relative inside."""
    assert wrong_form(ROOT) == []


def test_the_guard_needs_nothing_but_python() -> None:
    """Whoever installs the guard gets no other package than the one for structured fields."""
    assert heavy(ROOT) == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("src/seeother/rules/judge.py", "from seeother.message.fields import first"),
        ("src/seeother/watch/api/matrix.py", "from ..warehouse.schema import STEPS"),
        ("src/seeother/watch/api/matrix.py", "def late():\n    from ..warehouse import schema"),
        ("src/seeother_shop/storefront/app.py", "import seeother.message.fields"),
        ("src/seeother/watch/app.py", "from .warehouse.schema import STEPS"),
    ],
)
def test_a_way_past_the_face_is_seen(tmp_path: Path, name: str, line: str) -> None:
    """Inner modules of another room, or of another part of the own room, are behind a wall."""
    for other in ("message/__init__", "message/fields", "watch/warehouse/__init__", "watch/warehouse/schema"):
        plant(tmp_path, f"src/seeother/{other}.py")
    plant(tmp_path, name, line)

    assert len(through_the_wall(tmp_path)) == 1


def test_a_named_door_is_open(tmp_path: Path) -> None:
    """A door is imported by its path; a way up inside a room is free; a name that the face shows is the face's."""
    plant(tmp_path, "src/seeother/ledger/redis.py")
    plant(tmp_path, "src/seeother/asgi/guard.py", "from seeother.ledger.redis import RedisLedger")
    plant(tmp_path, "src/seeother/policy/__init__.py", 'from .once import once\n__all__ = ["once"]')
    plant(tmp_path, "src/seeother/policy/once.py")
    plant(tmp_path, "src/seeother/asgi/drive.py", "from seeother.policy import once")
    plant(tmp_path, "src/seeother/watch/words.py")
    plant(tmp_path, "src/seeother/watch/api/matrix.py", "from ..words import STEP\nfrom .. import words")

    assert through_the_wall(tmp_path) == []


def test_a_wrong_form_is_seen(tmp_path: Path) -> None:
    """Both wrong forms are refused, for rooms and for rooms inside a room, and both right ones pass."""
    for room in ("message", "rules", "watch", "watch/api", "watch/receive"):
        plant(tmp_path, f"src/seeother/{room}/__init__.py")
    plant(tmp_path, "src/seeother/message/fields.py", "import seeother.message")
    plant(tmp_path, "src/seeother/rules/a.py", "from ..message import first")
    plant(tmp_path, "src/seeother/rules/b.py", "from seeother.message import first\nfrom .a import c")
    plant(tmp_path, "src/seeother/watch/app.py", "from .receive import receiver\nfrom .api import routes")
    plant(tmp_path, "src/seeother/watch/api/a.py", "from ..receive import receiver\nfrom ..app import Watch")
    plant(tmp_path, "src/seeother/watch/api/b.py", "from seeother.watch.receive import receiver\nfrom .a import a")

    assert wrong_form(tmp_path) == [
        "seeother.message.fields:1 imports seeother.message",
        "seeother.rules.a:1 imports seeother.message",
        "seeother.watch.api.a:1 imports seeother.watch.receive",
    ]


def test_a_heavy_import_is_seen(tmp_path: Path) -> None:
    """A package is refused in a bare room and behind another's door, and passes behind its own and elsewhere."""
    plant(tmp_path, "src/seeother/asgi/guard.py", "import json\nfrom starlette.types import ASGIApp")
    plant(tmp_path, "src/seeother/ledger/redis.py", "from redis import Redis")
    plant(tmp_path, "src/seeother/ledger/redis_line.py", "from hiredis import pack_command")
    plant(tmp_path, "src/seeother/ledger/postgres.py", "def late():\n    import redis")
    plant(tmp_path, "src/seeother/watch/app.py", "import fastapi")

    assert heavy(tmp_path) == [
        "seeother.asgi.guard:2 imports starlette.types",
        "seeother.ledger.postgres:2 imports redis",
    ]
