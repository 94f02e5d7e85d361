# SPDX-License-Identifier: Apache-2.0
"""A room imports only from lower floors, and nothing goes in a circle; the contracts stand in pyproject.toml."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import ROOT, plant


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the packages under `root`/src by the contracts of `root`/pyproject.toml."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache"],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root / "src")},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def stubs(tmp_path: Path) -> Path:
    """A house with our contracts and every room that they name, all empty."""
    text = (ROOT / "pyproject.toml").read_text()
    plant(tmp_path, "pyproject.toml", text)
    for contract in tomllib.loads(text)["tool"]["importlinter"]["contracts"]:
        for container in contract.get("containers", []):
            plant(tmp_path, f"src/{container}/__init__.py")
            for layer in contract["layers"]:
                for room in layer.replace("|", " ").replace(":", " ").replace("(", " ").replace(")", " ").split():
                    plant(tmp_path, f"src/{container}/{room}/__init__.py")
    return tmp_path


def test_the_floors_hold() -> None:
    """Every contract is kept."""
    answer = lint_imports(ROOT)

    assert answer.returncode == 0, answer.stdout


def test_an_empty_house_stands(stubs: Path) -> None:
    """The stubs themselves keep all contracts, so what follows is broken by one line each."""
    answer = lint_imports(stubs)

    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("src/seeother/rules/up.py", "from seeother.asgi import Guard\n"),
        ("src/seeother/rules/up.py", "def late():\n    from seeother.asgi import Guard\n"),
        (
            "src/seeother/rules/up.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from seeother.asgi import Guard\n",
        ),
        ("src/seeother/ledger/beside.py", "from seeother.telemetry import Recorder\n"),
        ("src/seeother/watch/shop.py", "import seeother_shop\n"),
        ("src/seeother_shop/command.py", "import seeother.cli\n"),
        ("src/seeother_shop/payments/shop.py", "import seeother_shop.storefront\n"),
        ("src/seeother/annex/__init__.py", ""),
        ("src/seeother_shop/annex/__init__.py", ""),
    ],
    ids=[
        "upward",
        "upward inside a function",
        "upward for types only",
        "sideways",
        "seeother to its shop",
        "the shop to the command line",
        "service to service",
        "a room without a floor",
        "a room of the shop without a floor",
    ],
)
def test_a_wrong_arrow_is_seen(stubs: Path, name: str, text: str) -> None:
    """One import too many, or one room too many, breaks a contract."""
    plant(stubs, name, text)

    answer = lint_imports(stubs)

    assert answer.returncode == 1, answer.stdout


def test_a_circle_inside_a_room_is_seen(stubs: Path) -> None:
    """Two files of one room that import each other are one thing in two files."""
    plant(stubs, "src/seeother/message/one.py", "from .two import b\n")
    plant(stubs, "src/seeother/message/two.py", "def late():\n    from .one import a\n")

    answer = lint_imports(stubs)

    assert answer.returncode == 1, answer.stdout
    assert "No circles, on no floor of any room BROKEN" in answer.stdout
