# SPDX-License-Identifier: Apache-2.0
"""No file is longer than 400 lines and no function longer than 60: what is longer is two things."""

import ast
from pathlib import Path

from tests.house.tree import ROOT, code, parsed, plant

LINES_A_FILE = 400
LINES_A_FUNCTION = 60


def long_files(root: Path) -> list[str]:
    """Each file with too many lines, and how many."""
    lengths = {path: len((root / path).read_text().splitlines()) for path in code(root)}
    return [f"{path}: {length} lines" for path, length in lengths.items() if length > LINES_A_FILE]


def long_functions(root: Path) -> list[str]:
    """Each Python function with too many lines, and how many."""
    found: list[str] = []
    for path, tree in parsed(root):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
                length = node.end_lineno - node.lineno + 1
                if length > LINES_A_FUNCTION:
                    found.append(f"{path}:{node.lineno} {node.name}: {length} lines")
    return found


def test_no_file_is_too_long() -> None:
    """Every file can be read in one go."""
    assert long_files(ROOT) == []


def test_no_function_is_too_long() -> None:
    """Every function fits a screen."""
    assert long_functions(ROOT) == []


def test_a_long_file_is_seen(tmp_path: Path) -> None:
    """400 lines pass, 401 do not."""
    plant(tmp_path, "src/seeother/fits.py", "x = 1\n" * 400)
    plant(tmp_path, "web/dashboard/long.ts", "let x;\n" * 401)

    assert long_files(tmp_path) == ["web/dashboard/long.ts: 401 lines"]


def test_a_long_function_is_seen(tmp_path: Path) -> None:
    """60 lines pass, 61 do not, wherever the function stands."""
    plant(tmp_path, "src/seeother/a.py", "def fits():\n" + "    x = 1\n" * 59)
    plant(tmp_path, "tests/b.py", "class B:\n    async def long(self):\n" + "        x = 1\n" * 60)

    assert long_functions(tmp_path) == ["tests/b.py:2 long: 61 lines"]
