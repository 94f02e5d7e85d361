# SPDX-License-Identifier: Apache-2.0
"""No room or file has a name that says nothing: where no noun fits, the thing is in the wrong room."""

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOMS, ROOT, files, plant

EMPTY_WORDS = re.compile(r"(util|helper|common|misc|core|base|type|constant|manager|service|handler)s?", re.IGNORECASE)


def empty_names(root: Path) -> list[str]:
    """Each file that has an empty word as its name, or lies in such a folder."""
    return [
        str(path)
        for path in files(root)
        if path.parts[0] in ROOMS and any(EMPTY_WORDS.fullmatch(part.split(".")[0]) for part in path.parts)
    ]


def test_every_name_says_something() -> None:
    """No file or folder is called utils, helpers, common, core, base, types, manager or service."""
    assert empty_names(ROOT) == []


@pytest.mark.parametrize(
    "name",
    ["src/seeother/utils.py", "src/seeother/watch/core/clock.py", "web/dashboard/src/types.d.ts", "tests/Base.py"],
)
def test_an_empty_name_is_seen(tmp_path: Path, name: str) -> None:
    """An empty word is seen as a file and as a folder, with any ending."""
    plant(tmp_path, name)

    assert empty_names(tmp_path) == [name]


def test_a_longer_name_passes(tmp_path: Path) -> None:
    """A word that only contains an empty one is a name."""
    plant(tmp_path, "src/seeother_shop/basement.py")
    plant(tmp_path, "src/seeother/message/media_type.py")

    assert empty_names(tmp_path) == []
