# SPDX-License-Identifier: Apache-2.0
"""A store on a server: told from a folder, missed when it is away. What is done there is the warehouse's to test."""

import socket
from datetime import date

import pytest

from seeother.errors import StoreError
from seeother.settings import Settings, WatchSettings
from seeother.watch.server_store import is_on_a_server, progress_bar, upgrade_server
from seeother.watch.warehouse import Progress


@pytest.mark.parametrize(
    ("store", "expected"),
    [
        ("clickhouse://127.0.0.1:8123/otel", True),
        ("clickhouses://shop.example/otel", True),
        ("chdb:///var/lib/seeother", False),
        ("clickhouse", False),
    ],
)
def test_a_server_is_told_by_its_scheme(store: str, expected: bool) -> None:  # noqa: FBT001 - a parameter
    """Everything else is a folder."""
    assert is_on_a_server(store) is expected


def test_a_server_that_is_away_is_a_store_that_is_away() -> None:
    """The command line ends with 3 for it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = Settings(watch=WatchSettings(store=f"clickhouse://127.0.0.1:{port}/otel"))

    with pytest.raises(StoreError, match="cannot be reached"):
        upgrade_server(settings, lambda _: None)


def test_the_bar_grows_with_the_days() -> None:
    """And says which is being read."""
    day = date(2027, 1, 15)

    assert progress_bar(Progress(0, 4, day)) == f"[{'.' * 30}] 2027-01-15, day 1 of 4"
    assert progress_bar(Progress(3, 4, day)) == f"[{'#' * 22}{'.' * 8}] 2027-01-15, day 4 of 4"
