# SPDX-License-Identifier: Apache-2.0
"""The wheel has what an installed SeeOther needs, the web pages included, and nothing else."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from hatch_web import OUT, WebBuildHook
from tests.house.tree import ROOT, files


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel built from this checkout, with the web pages that `make web` made."""
    directory = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", directory],
        cwd=ROOT,
        env=os.environ | {"SEEOTHER_WEB": "skip"},
        check=True,
        capture_output=True,
    )
    (wheel,) = directory.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_has_every_source(packed: set[str]) -> None:
    """Code, SQL, templates, cases and type marks are all in it."""
    sources = {str(path.relative_to("src")) for path in files(ROOT) if path.parts[0] == "src"}

    assert sources <= packed


def test_the_wheel_has_the_web_pages(packed: set[str]) -> None:
    """The built files are in it although git ignores them."""
    static = OUT.removeprefix("src/")

    assert any(name.startswith(static) and name.endswith("index.html") for name in packed)
    assert any(name.startswith(static) and name.endswith(".js") for name in packed)


def test_the_wheel_has_nothing_else(packed: set[str]) -> None:
    """Neither tests nor tools are installed into anybody's Python."""
    assert {name.split("/")[0].split("-")[0] for name in packed} == {"seeother", "seeother_shop"}


def hook(root: Path, target: str) -> Any:  # noqa: ANN401 - the hook's own class is generic over a private one
    """The build hook as the backend makes it."""
    return WebBuildHook(str(root), {}, None, None, str(root / "dist"), target)  # type: ignore[arg-type] # unused here


def test_a_wheel_without_web_pages_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To skip the web build is to say that it has been done."""
    monkeypatch.setenv("SEEOTHER_WEB", "skip")

    with pytest.raises(RuntimeError, match="run `make web` first"):
        hook(tmp_path, "wheel").initialize("standard", {"artifacts": []})


def test_an_editable_install_does_not_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads the files that are there, whenever they change."""
    monkeypatch.delenv("SEEOTHER_WEB", raising=False)

    hook(tmp_path, "wheel").initialize("editable", {"artifacts": []})

    assert list(tmp_path.iterdir()) == []
