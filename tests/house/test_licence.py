# SPDX-License-Identifier: Apache-2.0
"""Every file with code names its licence in its first lines."""

from pathlib import Path

from tests.house.tree import ROOT, code, files, plant

LINE = "SPDX-License-Identifier: Apache-2.0"
OTHER_SCRIPTS = {Path(".ci/run"), Path("Makefile")}
FIRST_LINES = 3  # a script's first says what runs it, a template's may have to be a directive


def without_licence(root: Path) -> list[str]:
    """Each file with code that does not name the licence."""
    scripts = [path for path in files(root) if path in OTHER_SCRIPTS]
    return [
        str(path)
        for path in [*scripts, *code(root)]
        if LINE not in "\n".join((root / path).read_text().splitlines()[:FIRST_LINES])
    ]


def test_every_file_names_its_licence() -> None:
    """Each file with code can be read alone, and its licence is known."""
    assert without_licence(ROOT) == []


def test_a_file_without_licence_is_seen(tmp_path: Path) -> None:
    """A line further down does not count, and data needs none."""
    plant(tmp_path, "src/a.py", f"# {LINE}\n")
    plant(tmp_path, "src/b.py", "\n" * 10 + f"# {LINE}\n")
    plant(tmp_path, "src/c.sql", "select 1")
    plant(tmp_path, "src/data.json", "{}")
    plant(tmp_path, ".ci/run", "make test")

    assert without_licence(tmp_path) == [".ci/run", "src/b.py", "src/c.sql"]
