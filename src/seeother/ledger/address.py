# SPDX-License-Identifier: Apache-2.0
"""Ledgers by address, as `[ledger] url` names them."""

from typing import Literal, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.errors import SettingsError

from .memory import MemoryLedger
from .port import UNKNOWN_SECONDS, Ledger
from .sqlite import CLAIM_SECONDS, SQLiteLedger

_CURE = (
    "use memory://, sqlite:///relative/path.db or sqlite:////absolute/path.db "
    "(?synchronous=normal is faster and may forget the last claims in a power cut), "
    "redis://host:6379/0, rediss://… with TLS, or postgresql://user@host/database"
)
_LONGEST_SECONDS = 60.0  # of patience
_SQLITE_OPTIONS = {"patience", "synchronous"}
_REDIS = {"redis", "rediss"}
_POSTGRES = {"postgresql", "postgres"}
# In a query; what begins with ssl_ is redis-py's own.
_REDIS_OPTIONS = {"eviction": ("accepted",), "loss": ("accepted",)}
_REDIS_NAMES = {"prefix", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile"}


class _File(NamedTuple):
    """Where a SQLite file is, how sure SQLite makes of a write, and for how long (seconds) a claim waits for it."""

    path: str
    synchronous: Literal["full", "normal"]
    patience: float


def open_ledger(url: str, *, clock: Clock = SYSTEM_CLOCK, keep_unknown: float = UNKNOWN_SECONDS) -> Ledger:
    """The ledger at `url`; raises SettingsError for an address that is none, StoreError when it cannot be opened.

    What lies behind a network may be away while a site starts: it is then opened when it is first asked. Its leases run
    by its own clock, unless another than the machine's is given.
    """
    scheme = _checked(url)
    if scheme in _REDIS | _POSTGRES:
        return _remote(url, scheme, clock=None if clock is SYSTEM_CLOCK else clock, keep_unknown=keep_unknown)
    file = _file(url)
    if file is None:
        return MemoryLedger(clock=clock, keep_unknown=keep_unknown)
    return SQLiteLedger(clock=clock, keep_unknown=keep_unknown, **file._asdict())


def check_address(url: str) -> None:
    """Raise SettingsError for an address that is none; nothing is opened."""
    _checked(url)


def _remote(url: str, scheme: str, *, clock: Clock | None, keep_unknown: float) -> Ledger:
    kind = "redis" if scheme in _REDIS else "postgres"
    try:
        if kind == "redis":
            from .redis import open_redis  # noqa: PLC0415 - optional

            return open_redis(url, clock=clock, keep_unknown=keep_unknown)
        from .postgres import open_postgres  # noqa: PLC0415 - optional

        return open_postgres(url, clock=clock, keep_unknown=keep_unknown)
    except ImportError as error:
        raise SettingsError("ledger.url", _shown(url), f"install seeother[{kind}] for it ({error})") from error


def _checked(url: str) -> str:
    """The scheme of a usable address."""
    try:
        scheme = urlsplit(url).scheme
        usable = _is_redis(url) if scheme in _REDIS else _is_postgres(url) if scheme in _POSTGRES else True
    except ValueError:
        scheme, usable = "", False
    if not usable:
        raise _refused(url)
    if scheme not in _REDIS | _POSTGRES:
        _file(url)
    return scheme


def _is_redis(url: str) -> bool:
    """Whether it names a host, perhaps a port and the number of a database, and only options that there are."""
    parts = urlsplit(url)
    options = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    known = all(
        len(values) == 1 and values[0] and (name in _REDIS_NAMES or values[0] in _REDIS_OPTIONS.get(name, ()))
        for name, values in options.items()
        if name != "patience"
    )
    database = parts.path[1:]
    return _is_patient(options) and bool(parts.hostname) and parts.port != 0 and not parts.fragment and known and (
        not database or (database.isascii() and database.isdigit())
    )  # fmt: skip


def _is_postgres(url: str) -> bool:
    """Whether it can be one: libpq takes more than one host, and none, and says itself what it does not take."""
    parts = urlsplit(url)
    return url.startswith(f"{parts.scheme}://") and not parts.fragment and _is_patient(parse_qs(parts.query))


def _is_patient(options: dict[str, list[str]]) -> bool:
    """Whether `patience`, if it is there, is a number of seconds."""
    patience = options.get("patience", ["1"])
    return len(patience) == 1 and 0 < float(patience[0]) < _LONGEST_SECONDS


def _file(url: str) -> _File | None:
    """What the address of a SQLite file says; None for memory."""
    if url == "memory://":
        return None
    try:
        parts = urlsplit(url)
        options = parse_qs(parts.query, keep_blank_values=True)
        is_usable = _is_patient(options) and (options.keys() <= _SQLITE_OPTIONS)
    except ValueError:
        raise _refused(url) from None
    path = unquote(parts.path[1:])
    if parts.scheme != "sqlite" or parts.netloc or parts.fragment or not path or not is_usable:
        raise _refused(url)
    patience = float(options.get("patience", [str(CLAIM_SECONDS)])[0])
    match options.get("synchronous", ["full"]):
        case ["full"]:
            return _File(path, "full", patience)
        case ["normal"]:
            return _File(path, "normal", patience)
        case _:
            raise _refused(url)


def _refused(url: str) -> SettingsError:
    return SettingsError("ledger.url", _shown(url), _CURE)


def _shown(url: str) -> str:
    """An address as it may be shown: before an @ stands a password."""
    return "…" if "@" in url else url
