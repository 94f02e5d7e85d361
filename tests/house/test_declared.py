# SPDX-License-Identifier: Apache-2.0
"""What a room imports, its extra brings: nothing is there only because something else happens to need it."""

import re
import sys
import tomllib
from collections.abc import Mapping
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.house.imports import OURS, imports
from tests.house.tree import ROOT, plant

# Which extras whoever uses a room has, and one that a file of it needs; the guard's own rooms have none (test_walls).
BROUGHT_BY = {"seeother.watch": ("watch", "embedded"), "seeother_shop": ("shop", "postgres")}
# Used when it is there and never needed; not brought by an extra, for its browser is no Python package.
WELCOME = {"playwright"}
# In the standard library of a newer Python than the oldest we run on, and imported only there.
LATER = {"compression"}


def declared(root: Path, extras: tuple[str, ...]) -> set[str]:
    """The names of the distributions that some extras bring."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    lines = [line for extra in extras for line in project["optional-dependencies"][extra]]
    return {re.split(r"[\[<>=~! ]", line)[0].lower() for line in lines}


def undeclared(root: Path, distributions: Mapping[str, list[str]]) -> list[str]:
    """Each import of an installed package that no extra of its room brings."""
    complaints: list[str] = []
    for room, extras in BROUGHT_BY.items():
        brought = declared(root, extras)
        for found in imports(root):
            package = found.target.split(".")[0]
            if not f"{found.importer}.".startswith(f"{room}.") or package in {
                *sys.stdlib_module_names,
                *OURS,
                *WELCOME,
                *LATER,
            }:
                continue
            if not brought & {name.lower() for name in distributions.get(package, [])}:
                complaints.append(found.place)
    return complaints


def test_every_import_is_declared() -> None:
    """An extra alone makes its door work."""
    assert undeclared(ROOT, packages_distributions()) == []


def test_an_undeclared_import_is_seen(tmp_path: Path) -> None:
    """A package that comes along with another one is not declared; one of another extra neither."""
    plant(
        tmp_path,
        "pyproject.toml",
        '[project.optional-dependencies]\nwatch = ["fastapi>=1"]\nembedded = ["chdb"]\nshop = ["rich[fast]>=14"]\n'
        "postgres = []\n",
    )
    plant(tmp_path, "src/seeother/watch/app.py", "import json, chdb\nfrom fastapi import FastAPI\nimport starlette")
    plant(tmp_path, "src/seeother_shop/page.py", "import rich\nfrom seeother.rules import judge\nimport fastapi")
    distributions = {name: [name] for name in ("chdb", "fastapi", "rich", "starlette")}

    assert undeclared(tmp_path, distributions) == [
        "seeother.watch.app:3 imports starlette",
        "seeother_shop.page:3 imports fastapi",
    ]
