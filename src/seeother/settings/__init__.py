# SPDX-License-Identifier: Apache-2.0
"""One table of settings, read from `seeother.toml` and the environment."""

from .load import (
    ALL_SECTIONS,
    DEFAULT_FILE,
    GUARD_SECTIONS,
    PROXY_SECTIONS,
    WATCH_SECTIONS,
    LedgerSettings,
    ProxySettings,
    Settings,
    SiteSettings,
    TelemetrySettings,
    UpstreamSettings,
    WatchSettings,
    load_settings,
    read_settings,
)
from .table import SETTINGS, Mode, Setting

__all__ = [
    "ALL_SECTIONS",
    "DEFAULT_FILE",
    "GUARD_SECTIONS",
    "PROXY_SECTIONS",
    "SETTINGS",
    "WATCH_SECTIONS",
    "LedgerSettings",
    "Mode",
    "ProxySettings",
    "Setting",
    "Settings",
    "SiteSettings",
    "TelemetrySettings",
    "UpstreamSettings",
    "WatchSettings",
    "load_settings",
    "read_settings",
]
