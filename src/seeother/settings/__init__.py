# SPDX-License-Identifier: Apache-2.0
"""One table of settings, read from `seeother.toml` and the environment."""

from .load import (
    DEFAULT_FILE,
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
    "DEFAULT_FILE",
    "SETTINGS",
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
