# SPDX-License-Identifier: Apache-2.0
"""One table of settings, read from `seeother.toml` and the environment."""

from .load import (
    ALL_SECTIONS,
    DEFAULT_FILE,
    GUARD_SECTIONS,
    WATCH_SECTIONS,
    LedgerSettings,
    Settings,
    SiteSettings,
    TelemetrySettings,
    WatchSettings,
    load_settings,
    read_settings,
)
from .table import SETTINGS, Mode, Setting

__all__ = [
    "ALL_SECTIONS",
    "DEFAULT_FILE",
    "GUARD_SECTIONS",
    "SETTINGS",
    "WATCH_SECTIONS",
    "LedgerSettings",
    "Mode",
    "Setting",
    "Settings",
    "SiteSettings",
    "TelemetrySettings",
    "WatchSettings",
    "load_settings",
    "read_settings",
]
