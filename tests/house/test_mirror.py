# SPDX-License-Identifier: Apache-2.0
"""Tests mirror the source: tests/seeother/room/test_file.py tests file.py or file.sql there, or the room `file`."""

from pathlib import Path

from tests.house.tree import ROOT, files, plant


def astray(root: Path) -> list[str]:
    """Each test file in a mirrored folder with nothing on the other side."""
    found: list[str] = []
    for path in files(root):
        if not path.match("tests/seeother*/**/*") and not path.match("tests/seeother*/*"):
            continue
        if path.parts[:1] != ("tests",) or not path.name.startswith("test_"):
            continue
        name = path.stem.removeprefix("test_")
        room = root / "src" / path.relative_to("tests").parent
        faces_room = room.name == name and room.is_dir()
        if not (
            faces_room
            or any((room / f"{each}{name}{end}").exists() for each in ("", "_") for end in ("", ".py", ".sql"))
        ):
            found.append(str(path))
    return found


def test_every_test_has_its_source() -> None:
    """Whoever looks for the tests of a file knows where they are."""
    assert astray(ROOT) == []


def test_a_test_of_nothing_is_seen(tmp_path: Path) -> None:
    """A file, a folder and a room as a whole can be tested; what is not there cannot."""
    plant(tmp_path, "src/seeother/message/fields.py")
    plant(tmp_path, "src/seeother/watch/api/matrix.py")
    plant(tmp_path, "src/seeother/watch/questions/funnel.sql")
    for name in (
        "message/test_fields",
        "message/test_message",
        "watch/test_api",
        "watch/questions/test_funnel",
        "watch/test_fields",
        "test_gone",
    ):
        plant(tmp_path, f"tests/seeother/{name}.py")
    plant(tmp_path, "tests/journeys/test_buying.py")

    assert astray(tmp_path) == ["tests/seeother/test_gone.py", "tests/seeother/watch/test_fields.py"]
