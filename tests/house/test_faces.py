# SPDX-License-Identifier: Apache-2.0
"""A room's face, its `__init__`, lists what it shows: all of it, sorted, and nothing that is not there."""

import ast
from pathlib import Path

import pytest

from tests.house.imports import listed
from tests.house.tree import ROOT, parsed, plant


def bound(tree: ast.Module) -> set[str]:
    """The names that a module binds at its top level, but `__all__`."""
    names: set[str] = set()
    for node in tree.body:
        match node:
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {alias.asname or alias.name.split(".")[0] for alias in aliases}
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Assign(targets=targets):
                names |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case _:
                pass
    return names - {"__all__"}


def rank(name: str) -> tuple[int, str]:
    """Constants before classes before functions, each by the alphabet: as ruff sorts them."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def wrong_faces(root: Path) -> list[str]:
    """What is wrong with each face."""
    complaints: list[str] = []
    for path, tree in parsed(root):
        if path.parts[0] != "src" or path.name != "__init__.py":
            continue
        names, there = listed(tree), bound(tree)
        if names is None:
            complaints += [f"{path}: no __all__"] if there else []
            continue
        # A name from outside the room is a tool of the face, not something that it shows.
        inner = {
            alias.asname or alias.name
            for node in tree.body
            # `from . import file` fetches files to make a list of, and shows none of them.
            if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module is not None
            for alias in node.names
        }
        shown = {name for name in inner if not name.startswith("_")}
        complaints += [f"{path}: {name} is not there" for name in names if name not in there]
        complaints += [f"{path}: {name} is not listed" for name in sorted(shown - set(names))]
        if names != sorted(names, key=rank):
            complaints.append(f"{path}: __all__ is not sorted")
    return complaints


def test_every_face_is_complete_and_sorted() -> None:
    """Whoever reads a room's `__init__` has seen all that it offers."""
    assert wrong_faces(ROOT) == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("from .fields import first\n", "no __all__"),
        ('from .fields import first\n__all__ = ["every", "first"]\n', "every is not there"),
        ('from .fields import every, first\n__all__ = ["first"]\n', "every is not listed"),
        ('from .fields import B, a\n__all__ = ["a", "B"]\n', "__all__ is not sorted"),
    ],
)
def test_a_wrong_face_is_seen(tmp_path: Path, text: str, complaint: str) -> None:
    """No list, a name too many, a name too few, and disorder are each told."""
    plant(tmp_path, "src/seeother/message/__init__.py", text)

    assert wrong_faces(tmp_path) == [f"src/seeother/message/__init__.py: {complaint}"]


def test_a_good_face_passes(tmp_path: Path) -> None:
    """A face may be empty, and may use names from elsewhere without showing them."""
    plant(tmp_path, "src/seeother/rules/__init__.py", '"""Only words."""\n')
    plant(
        tmp_path,
        "src/seeother/message/__init__.py",
        'import json\nfrom .fields import LIMIT, Field, first\n__all__ = ["LIMIT", "Field", "first"]\n',
    )

    assert wrong_faces(tmp_path) == []
