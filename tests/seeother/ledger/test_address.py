# SPDX-License-Identifier: Apache-2.0
"""Ledgers by address."""

import sys
from pathlib import Path

import pytest

from seeother.errors import SettingsError
from seeother.ledger import MemoryLedger, SQLiteLedger, check_address, open_ledger
from tests.servers.redis_server import RedisServer


def test_memory_has_an_address() -> None:
    """`memory://` is a ledger of this process."""
    ledger = open_ledger("memory://")

    assert isinstance(ledger, MemoryLedger)
    assert not ledger.blocking


@pytest.mark.parametrize("query", ["", "?synchronous=full", "?synchronous=normal&patience=0.5"])
def test_three_slashes_are_relative_and_four_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    """As other tools write SQLite addresses; percent-encoding is undone."""
    monkeypatch.chdir(tmp_path)

    relative = open_ledger(f"sqlite:///my%20ledger.db{query}")
    absolute = open_ledger(f"sqlite:///{tmp_path}/absolute.db{query}")
    relative.close()
    absolute.close()

    assert isinstance(relative, SQLiteLedger)
    assert relative.blocking
    assert sorted(each.name for each in tmp_path.iterdir()) == ["absolute.db", "my ledger.db"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "memory",
        "memory://shared",
        "mysql://localhost/ledger",
        "sqlite://ledger.db",
        "sqlite:///",
        "sqlite:///a.db?synchronous=off",
        "sqlite:///a.db?synchronous=normal&cache=shared",
        "sqlite:///a.db?timeout=3",
        "sqlite:///a.db?patience=soon",
        "sqlite:///a.db?patience=0",
        "sqlite:///a.db#fragment",
        "sqlite://[::1",
        "redis://",
        "redis:///0",
        "redis://cache/shop",
        "redis://cache:port/0",
        "redis://cache/0?timeout=3",
        "redis://cache/0?eviction=yes",
        "redis://cache/0?prefix=a&prefix=b",
        "redis://cache/0?prefix",
        "redis://cache/0#fragment",
        "redis://[::1",
        "postgresql:ledger",
        "postgresql://database/shop#fragment",
    ],
)
def test_another_address_is_refused_with_the_cure(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the key, the value and what can be written instead; no file is made."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SettingsError, match=r"sqlite:///relative/path\.db") as caught:
        open_ledger(url)

    assert (caught.value.key, caught.value.value) == ("ledger.url", url)
    assert list(tmp_path.iterdir()) == []


def test_address_is_checked_without_opening_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever only reads the settings makes no file, and hears of a wrong address all the same."""
    monkeypatch.chdir(tmp_path)

    check_address("memory://")
    check_address("sqlite:///ledger.db")
    for url in (
        "redis://cache",
        "redis://:secret@cache:6380/3?prefix=shop&eviction=accepted&loss=accepted",
        "rediss://cache/0?ssl_ca_certs=ca.pem",
        "postgresql:///shop",
        "postgresql://shop@one,two/shop?target_session_attrs=read-write",
        "postgres://[::1]:5433/shop",
    ):
        check_address(url)
    with pytest.raises(SettingsError):
        check_address("sqlite://ledger.db")

    assert list(tmp_path.iterdir()) == []


def test_password_in_a_refused_address_is_not_shown() -> None:
    """What is wrong ends up in logs."""
    with pytest.raises(SettingsError) as caught:
        open_ledger("redis://shop:hunter2@localhost/shop")

    assert "hunter2" not in str(caught.value)


def test_servers_have_addresses(redis_server: RedisServer) -> None:
    """Each kind is a ledger of its own, which an event loop asks without a thread."""
    ledger = open_ledger(f"{redis_server.url}?loss=accepted&prefix=addressed")

    assert type(ledger).__name__ == "RedisLedger"
    assert type(ledger.awaitable).__name__ != "InThread"
    ledger.close()


def test_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to install."""
    monkeypatch.setitem(sys.modules, "seeother.ledger.redis", None)

    with pytest.raises(SettingsError, match=r"install seeother\[redis\]"):
        open_ledger("redis://localhost/0")
