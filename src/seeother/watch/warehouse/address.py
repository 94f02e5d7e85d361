# SPDX-License-Identifier: Apache-2.0
"""Where a store is: in a folder (`chdb:///absolute/path`, `chdb://path/from/here`, or just a path) or on a server."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from seeother.errors import SettingsError

_EMBEDDED = "chdb://"
_SECURE = "clickhouses"
_SERVERS = ("clickhouse", _SECURE)
_CURE = "give a folder, as in chdb:///var/lib/seeother, or clickhouse://USER:PASSWORD@HOST:PORT/DATABASE"


def is_on_a_server(address: str) -> bool:
    """Whether the store is on a server that others may use and fill too."""
    return address.partition("://")[0] in _SERVERS and "://" in address


def store_path(address: str) -> Path:
    """The folder of an embedded store, absolute and free of links: the engine tells paths apart as text."""
    scheme, separator, rest = address.partition("://")
    path = rest if separator else address
    if (separator and scheme != "chdb") or not path or "?" in path or path.startswith(":"):
        raise SettingsError("watch.store", shown_address(address), _CURE)
    return Path(path).expanduser().resolve()


def store_address(path: Path) -> str:
    """The address of the embedded store at an absolute `path`."""
    return f"{_EMBEDDED}{path}"


def shown_address(address: str) -> str:
    """The address as anybody may read it: of a server's without user, password and options."""
    if not is_on_a_server(address):
        return address
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()


def client_options(address: str) -> dict[str, Any]:
    """What clickhouse-connect is to be told of an address; of the scheme it takes no notice."""
    if not is_on_a_server(address):
        return {"dsn": address}
    # A session would live on one server of a cluster.
    return {"dsn": address, "secure": address.startswith(f"{_SECURE}://"), "autogenerate_session_id": False}


def login_of(address: str) -> tuple[str, str]:
    """User and password in a server's address; ClickHouse's own where it names none."""
    parts = urlsplit(address)
    return unquote(parts.username or "default"), unquote(parts.password or "")
