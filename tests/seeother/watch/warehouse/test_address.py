# SPDX-License-Identifier: Apache-2.0
"""Where a store is, however it is written."""

from pathlib import Path

import pytest

from seeother.errors import SettingsError
from seeother.watch.warehouse import is_on_a_server, login_of, shown_address, store_address, store_path


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


@pytest.mark.parametrize("given", ["", "chdb://", "http://host/db", "sqlite:///x", ":memory:", "x?config-file=y"])
def test_what_is_no_embedded_store_is_refused(given: str) -> None:
    """With the key and the cure."""
    with pytest.raises(SettingsError, match=r"watch\.store.*chdb:///"):
        store_path(given)


@pytest.mark.parametrize(
    ("given", "is_one", "shown", "login"),
    [
        ("clickhouse://127.0.0.1:8123/otel", True, "clickhouse://127.0.0.1:8123/otel", ("default", "")),
        ("clickhouses://me:p%40ss@shop.example/otel?x=y", True, "clickhouses://shop.example/otel", ("me", "p@ss")),
        ("clickhouse://me@[::1]:8123", True, "clickhouse://[::1]:8123", ("me", "")),
        ("chdb:///var/lib/seeother", False, "chdb:///var/lib/seeother", ("default", "")),
        ("clickhouse", False, "clickhouse", ("default", "")),
    ],
)
def test_a_server_is_told_by_its_scheme_and_shown_without_its_password(
    given: str,
    is_one: bool,  # noqa: FBT001 - a parameter
    shown: str,
    login: tuple[str, str],
) -> None:
    """Everything else is a folder."""
    assert (is_on_a_server(given), shown_address(given), login_of(given)) == (is_one, shown, login)
