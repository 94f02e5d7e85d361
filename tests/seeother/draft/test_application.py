# SPDX-License-Identifier: Apache-2.0
"""What `MODULE:APP` names."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seeother.draft import find_application
from seeother.errors import SettingsError

MODULE = """
print("hello")
app = object()
class Shop:
    inner = app
def create_app(): return app
def broken_app(): raise RuntimeError("no database")
"""


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """A directory with a module `drafted`; afterwards nobody knows either."""
    path, modules = list(sys.path), set(sys.modules)
    (tmp_path / "drafted.py").write_text(MODULE)
    (tmp_path / "drafted_failing.py").write_text("import drafted_of_nobody")
    (tmp_path / "drafted_leaving.py").write_text("raise SystemExit(3)")
    yield tmp_path
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


@pytest.mark.parametrize("given", ["drafted:app", "drafted:Shop.inner", "drafted:create_app()"])
def test_finds_what_is_named(directory: Path, capsys: pytest.CaptureFixture[str], given: str) -> None:
    """A variable, what is in one, and what a factory makes; standard output stays clean."""
    found = find_application(given, directory)

    assert found is sys.modules["drafted"].app
    assert capsys.readouterr() == ("", "hello\n")


@pytest.mark.parametrize(
    ("given", "cure"),
    [
        ("drafted", "write a module and the application in it"),
        ("drafted:", "write a module and the application in it"),
        (":app", "write a module and the application in it"),
        ("drafted.py:app", "there is no module drafted.py here"),
        ("../drafted:app", "write a module and the application in it"),
        ("drafted:app; x", "write a module and the application in it"),
        ("of_nobody:app", "there is no module of_nobody here"),
        ("of_nobody.web:app", "there is no module of_nobody here"),
        ("drafted:shop", "drafted has no shop; did you mean create_app or broken_app?"),
        ("sys:shop", "sys has no shop; name the variable that a server is given"),
        ("drafted:app()", "app cannot be called; leave out ()"),
        ("drafted:broken_app()", "calling it raised RuntimeError: no database"),
        ("drafted_failing:app", "importing drafted_failing raised ModuleNotFoundError: No module named 'drafted_of"),
        ("drafted_leaving:app", "importing drafted_leaving raised SystemExit: 3"),
    ],
)
def test_what_is_not_there_is_told(directory: Path, given: str, cure: str) -> None:
    """The value, and what to do about it."""
    with pytest.raises(SettingsError) as caught:
        find_application(given, directory)

    assert caught.value.key == "--app"
    assert caught.value.value == given
    assert cure in caught.value.cure
