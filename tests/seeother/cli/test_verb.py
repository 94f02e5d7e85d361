# SPDX-License-Identifier: Apache-2.0
"""A verb knows what it needs."""

import os
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import http_sf
import pytest
import typing_extensions

from seeother.cli.verb import Verb


def test_nothing_is_missing_here() -> None:
    """Everything is installed where the tests run."""
    assert Verb("x", "does nothing", ("embedded", "shop")).missing() == []


def alone(folder: Path) -> dict[str, str]:
    """The environment of a Python that has seeother and what the guard itself brings, and nothing else."""
    for module in (http_sf, typing_extensions):
        place = Path(module.__file__ or "")
        place = place.parent if place.name == "__init__.py" else place
        (folder / place.name).symlink_to(place)
    return os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{Path('src').resolve()}"}


@pytest.mark.parametrize(
    ("verb", "package", "extras"),
    [("shop", "sqlalchemy", "shop"), ("watch", "clickhouse-connect", "embedded"), ("demo", "rich", "embedded,shop")],
)
def test_missing_packages_name_the_extra(tmp_path: Path, verb: str, package: str, extras: str) -> None:
    """With Python and seeother alone: one line with the command that helps, exit code 2, and nothing is started."""
    found = distribution("seeother")
    (tmp_path / "seeother-0.1.0.dist-info").mkdir()
    for name in ("METADATA", "RECORD"):
        (tmp_path / "seeother-0.1.0.dist-info" / name).write_text(found.read_text(name) or "")

    process = subprocess.run(
        [sys.executable, "-S", "-m", "seeother", verb],  # -S: without what is installed
        env=alone(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert process.returncode == 2
    assert process.stdout == ""
    assert process.stderr.startswith(f"seeother: {verb} needs ")
    assert f" {package}," in process.stderr
    assert process.stderr.endswith(f"; install them: pip install 'seeother[{extras}]'\n")
    assert process.stderr.count("\n") == 1


def test_a_light_verb_needs_no_extra(tmp_path: Path) -> None:
    """The rules can be read with what the guard itself brings."""
    process = subprocess.run(
        [sys.executable, "-S", "-m", "seeother", "rules"], env=alone(tmp_path), cwd=tmp_path, check=False, timeout=30
    )

    assert process.returncode == 0
