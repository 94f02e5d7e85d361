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
    if url == "memory://":
        return MemoryLedger(clock=clock, keep_unknown=keep_unknown)
    parts = urlsplit(url)
    path = unquote(parts.path[1:])
    if parts.scheme != "sqlite" or parts.netloc or parts.fragment or not path:
        raise SettingsError("ledger.url", url, _CURE)
    synchronous = _synchronous(url, parts.query)
    return SQLiteLedger(path, clock=clock, keep_unknown=keep_unknown, synchronous=synchronous)


def _synchronous(url: str, query: str) -> Literal["full", "normal"]:
    options = parse_qs(query, keep_blank_values=True)
    match options:
        case {"synchronous": ["normal"]} if len(options) == 1:
            return "normal"
        case {"synchronous": ["full"]} if len(options) == 1:
            return "full"
        case {} if not query:
            return "full"
        case _:
            raise SettingsError("ledger.url", url, _CURE)
