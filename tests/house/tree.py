# SPDX-License-Identifier: Apache-2.0
"""The files that the laws of the house look at."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("bench", "src", "tests", "tools", "web")  # where code lives
CODE = {".css", ".html", ".js", ".mjs", ".proto", ".py", ".sh", ".sql", ".svelte", ".ts"}


def files(root: Path) -> list[Path]:
    """Every file that git would keep, relative to `root`; every file at all where git does not rule."""
    if (root / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.split("\0")
        found = [Path(name) for name in names if name and (root / name).is_file()]
    else:
        found = [path.relative_to(root) for path in root.rglob("*") if path.is_file()]
    return sorted(found)


def code(root: Path) -> list[Path]:
    """Every file with code in it."""
    return [path for path in files(root) if path.suffix in CODE and (path.parts[0] in ROOMS or len(path.parts) == 1)]


def parsed(root: Path) -> Iterator[tuple[Path, ast.Module]]:
    """Every Python file with its syntax tree."""
    for path in code(root):
        if path.suffix == ".py":
            yield path, _parse((root / path).read_text())


_parse = cache(ast.parse)  # every law reads the same files


def plant(root: Path, name: str, text: str = "") -> None:
    """Write a file into a small tree that breaks or keeps a law."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
