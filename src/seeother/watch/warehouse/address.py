# SPDX-License-Identifier: Apache-2.0
"""Where a store is: `chdb:///absolute/path`, `chdb://path/from/here`, or just a path."""

from pathlib import Path

from seeother.errors import SettingsError

_EMBEDDED = "chdb://"


def store_path(address: str) -> Path:
    """The folder of an embedded store, absolute and free of links: the engine tells paths apart as text."""
    scheme, separator, rest = address.partition("://")
    if separator and scheme != "chdb":
        cure = "watch serves chdb:///PATH; a store at clickhouse:// it only brings up to date, with --migrate"
        raise SettingsError("watch.store", address, cure)
    path = rest if separator else address
    if not path or "?" in path or path.startswith(":"):
        raise SettingsError("watch.store", address, "give the folder of the store, as in chdb:///var/lib/seeother")
    return Path(path).expanduser().resolve()


def store_address(path: Path) -> str:
    """The address of the embedded store at an absolute `path`."""
    return f"{_EMBEDDED}{path}"
