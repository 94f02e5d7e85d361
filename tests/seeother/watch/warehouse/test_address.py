# SPDX-License-Identifier: Apache-2.0
"""Where a store is, however it is written."""

from pathlib import Path

import pytest

from seeother.errors import SettingsError
from seeother.watch.warehouse import store_address, store_path


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("chdb:///var/lib/see", "/var/lib/see"),
        ("chdb:///var/lib/see/", "/var/lib/see"),
        ("/var/lib/../lib/see", "/var/lib/see"),
        ("chdb://here/it/is", "here/it/is"),
        ("here", "here"),
        ("~/see", "~/see"),
    ],
)
def test_an_address_becomes_one_absolute_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, expected: str
) -> None:
    """Relative ones begin in the working directory; the engine tells paths apart as text, so there is one spelling."""
    monkeypatch.chdir(tmp_path)

    path = store_path(given)

    assert path == tmp_path / Path(expected).expanduser()
    assert store_path(store_address(path)) == path


@pytest.mark.parametrize("given", ["", "chdb://", "clickhouse://host/db", "sqlite:///x", ":memory:", "x?config-file=y"])
def test_what_is_no_embedded_store_is_refused(given: str) -> None:
    """With the key and the cure."""
    with pytest.raises(SettingsError, match=r"watch\.store.*chdb:///"):
        store_path(given)
