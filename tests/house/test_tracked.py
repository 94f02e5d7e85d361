# SPDX-License-Identifier: Apache-2.0
"""What git keeps is ours, small, and true on every machine: no copies, no download addresses, no one's paths."""

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files, plant

COPIES = re.compile(r"(^|/)(node_modules|third[_-]?party|vendor(ed)?)/|\.min\.(js|css|mjs)$|\.map$")
MINIFIED = {".css", ".js", ".mjs", ".ts"}
LONGEST_LINE = 500  # nobody types longer ones; a bundler writes nothing else
LARGEST_BYTES = 1_000_000
# Written in two halves, so that this file passes its own law.
REGISTRIES = ["pypi." + "org", "python" + "hosted", "npmjs." + "org", "npmjs." + "com", "crates." + "io"]
ADDRESSES = re.compile(
    r'"resolved":\s*"https?:|^\s*--?(extra-)?(index-url|find-links|i)\b|^\s*registry\s*=|' + "|".join(REGISTRIES),
    re.MULTILINE,
)
MACHINE_PATHS = re.compile(r"(?<![\w./-])/(home/\w|Users/\w|root/|work/|mnt/\w)")


def text(path: Path) -> str:
    """What a file says; nothing when it is not text."""
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""


def copies(root: Path) -> list[str]:
    """Each file that somebody else wrote, or a bundler."""
    return [
        str(path)
        for path in files(root)
        if COPIES.search(path.as_posix())
        or (path.suffix in MINIFIED and any(len(line) > LONGEST_LINE for line in text(root / path).splitlines()))
    ]


def too_heavy(root: Path) -> list[str]:
    """Each file that makes every clone slower."""
    return [str(path) for path in files(root) if (root / path).stat().st_size > LARGEST_BYTES]


def says(root: Path, pattern: re.Pattern[str]) -> list[str]:
    """Each place where a file says what it should not."""
    return [f"{path}: {match.group()}" for path in files(root) for match in pattern.finditer(text(root / path))]


def test_nothing_is_copied_in() -> None:
    """Libraries come from where they are published, when something is built."""
    assert copies(ROOT) == []


def test_nothing_is_heavy() -> None:
    """A clone is quick."""
    assert too_heavy(ROOT) == []


def test_no_download_address_is_kept() -> None:
    """Pins have hashes; where a package comes from is each machine's own choice."""
    assert says(ROOT, ADDRESSES) == []


def test_no_path_of_one_machine_is_kept() -> None:
    """Nothing depends on where somebody's checkout was."""
    assert says(ROOT, MACHINE_PATHS) == []


@pytest.mark.parametrize("name", ["web/vendor/d3.js", "web/dashboard/public/chart.min.js", "src/third_party/lib.py"])
def test_a_copy_is_seen_by_its_name(tmp_path: Path, name: str) -> None:
    """Folders and endings that mean a copy are refused."""
    plant(tmp_path, name)

    assert copies(tmp_path) == [name]


def test_a_minified_file_is_seen(tmp_path: Path) -> None:
    """One very long line gives a bundler away, whatever the file is called."""
    plant(tmp_path, "web/dashboard/src/chart.js", "let x=1;" * 100)
    plant(tmp_path, "tests/shop.har", "x" * 1000)

    assert copies(tmp_path) == ["web/dashboard/src/chart.js"]


def test_a_heavy_file_is_seen(tmp_path: Path) -> None:
    """More than a megabyte is too much."""
    plant(tmp_path, "docs/film.gif", "x" * 1_000_001)

    assert too_heavy(tmp_path) == ["docs/film.gif"]


@pytest.mark.parametrize(
    "line",
    [
        '  "resolved":' + ' "https://example/x.tgz",',
        "--index-url somewhere",
        f"see https://{REGISTRIES[0]}/x",
        "registry = x",
    ],
)
def test_a_download_address_is_seen(tmp_path: Path, line: str) -> None:
    """Lock files, requirement files and prose are looked at alike."""
    plant(tmp_path, "some.txt", f"first\n{line}\n")

    assert len(says(tmp_path, ADDRESSES)) == 1


def test_a_machine_path_is_seen(tmp_path: Path) -> None:
    """An absolute path into somebody's home is refused, a target that looks alike is not."""
    plant(tmp_path, "a.md", "see " + "/home" + "/ann/x")
    plant(tmp_path, "b.md", "GET /products/home/x, src/work/y")

    assert says(tmp_path, MACHINE_PATHS) == ["a.md: " + "/home" + "/a"]
