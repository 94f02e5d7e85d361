# SPDX-License-Identifier: Apache-2.0
"""Ledgers by address, as `[ledger] url` names them."""

from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.errors import SettingsError

from .memory import MemoryLedger
from .port import UNKNOWN_SECONDS, Ledger
from .sqlite import SQLiteLedger

_CURE = (
    "use memory://, sqlite:///relative/path.db or sqlite:////absolute/path.db; "
    "?synchronous=normal is faster and may forget the last claims in a power cut"
)


def open_ledger(url: str, *, clock: Clock = SYSTEM_CLOCK, keep_unknown: float = UNKNOWN_SECONDS) -> Ledger:
    """The ledger at `url`; raises SettingsError for an address that is none, StoreError when it cannot be opened."""
    path, synchronous = _read(url)
    if path is None:
        return MemoryLedger(clock=clock, keep_unknown=keep_unknown)
    return SQLiteLedger(path, clock=clock, keep_unknown=keep_unknown, synchronous=synchronous)


def check_address(url: str) -> None:
    """Raise SettingsError for an address that is none; nothing is opened."""
    _read(url)


def _read(url: str) -> tuple[str | None, Literal["full", "normal"]]:
    """The path of the file, None for memory, and how sure SQLite makes of a write."""
    if url == "memory://":
        return None, "full"
    refused = SettingsError("ledger.url", "…" if "@" in url else url, _CURE)  # before an @ stands a password
    try:
        parts = urlsplit(url)
    except ValueError:
        raise refused from None
    path = unquote(parts.path[1:])
    if parts.scheme != "sqlite" or parts.netloc or parts.fragment or not path:
        raise refused
    options = parse_qs(parts.query, keep_blank_values=True)
    match options:
        case {"synchronous": ["normal"]} if len(options) == 1:
            return path, "normal"
        case {"synchronous": ["full"]} if len(options) == 1:
            return path, "full"
        case {} if not parts.query:
            return path, "full"
        case _:
            raise refused
