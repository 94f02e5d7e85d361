# SPDX-License-Identifier: Apache-2.0
"""Readers of single settings: from a TOML or environment value to a typed one, or a SettingsError with the cure.

Every reader takes the setting's key (for the message), the value and the environment.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from difflib import get_close_matches
from enum import StrEnum
from importlib import import_module
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, TypeVar
from urllib.parse import urlsplit

from seeother.errors import SettingsError
from seeother.ledger import check_address
from seeother.message import Origin, Pattern, ReferenceKind, kind_of, read_origin
from seeother.rules import CATALOGUE

Reader = Callable[[str, object, Mapping[str, str]], object]
Choice = TypeVar("Choice", bound=StrEnum)

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)\Z")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_STATUS_CLASS = re.compile(r"([2-5])xx\Z")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_UNPRINTABLE = re.compile(r"[^!-~]")  # in a URL all else is percent-encoded (RFC 3986 section 2)
_STATUSES = range(400, 600)
_SUCCESSES = range(200, 400)
NAME_CURE = "use letters, digits, _ and -, at most 64 of them"
_PORTS = range(1, 65536)
_FIELD_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # RFC 9110 section 5.6.2
_PRINCIPALS = frozenset({"known", "authorization", "shared"})


def text(key: str, value: object, environ: Mapping[str, str]) -> str:
    """A string; `env:NAME` stands for the environment variable NAME, so that secrets stay out of files."""
    if not isinstance(value, str) or not value:
        raise SettingsError(key, value, "write a text in quotes")
    if not value.startswith("env:"):
        return value
    name = value.removeprefix("env:")
    if not name:
        raise SettingsError(key, value, "name the environment variable, as in env:SEEOTHER_SECRET")
    if not environ.get(name):
        raise SettingsError(key, value, f"set the environment variable {name}")
    return environ[name]


def name(key: str, value: object, environ: Mapping[str, str]) -> str:
    """A short name: letters, digits, `_` and `-`."""
    read = text(key, value, environ)
    if not is_name(read):
        raise SettingsError(key, value, NAME_CURE)
    return read


def is_name(read: str) -> bool:
    """Whether this can be a name: it travels in fields, addresses and labels as it is."""
    return _NAME.match(read) is not None


def texts(key: str, value: object, environ: Mapping[str, str]) -> tuple[str, ...]:
    """A list of strings; in the environment parted by commas."""
    return tuple([text(key, item, environ) for item in _items(key, value)])


def bearer(key: str, value: object, environ: Mapping[str, str]) -> str:
    """A token that fits into a field as it is."""
    read = text(key, value, environ)
    if _UNPRINTABLE.search(read):
        raise SettingsError(key, "…", "use visible ASCII characters, without spaces")
    return read


def bearers(key: str, value: object, environ: Mapping[str, str]) -> tuple[str, ...]:
    """A list of tokens; in the environment parted by commas."""
    return tuple([bearer(key, item, environ) for item in _items(key, value)])


def flag(key: str, value: object, _environ: Mapping[str, str]) -> bool:
    """True or false."""
    read = {"true": True, "false": False}.get(str(value).lower())
    if read is None:
        raise SettingsError(key, value, "write true or false")
    return read


def port(key: str, value: object, _environ: Mapping[str, str]) -> int:
    """A TCP port."""
    if not re.fullmatch(r"\d{1,5}", str(value)) or int(str(value)) not in _PORTS:
        raise SettingsError(key, value, "write a port from 1 to 65535")
    return int(str(value))


def count(key: str, value: object, _environ: Mapping[str, str]) -> int:
    """A number of things: at least one."""
    if not re.fullmatch(r"[1-9]\d{0,6}", str(value)):
        raise SettingsError(key, value, "write a whole number from 1 to 9999999")
    return int(str(value))


def duration(key: str, value: object, _environ: Mapping[str, str]) -> timedelta:
    """A length of time with its unit: ms, s, m, h or d."""
    match = _DURATION.match(value) if isinstance(value, str) else None
    if match is None:
        raise SettingsError(key, value, 'write a number and a unit (ms, s, m, h, d), as in "30m"')
    try:
        read = timedelta(seconds=float(match[1]) * _UNITS[match[2]])
    except OverflowError as error:
        raise SettingsError(key, value, "write a shorter time") from error
    if not read:
        raise SettingsError(key, value, "write a longer time")
    return read


def url(key: str, value: object, environ: Mapping[str, str]) -> str:
    """An absolute http or https URL to append paths to: the scheme in lower case, no query, no slash at its end."""
    read = text(key, value, environ)
    try:
        parts = urlsplit(read)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        (parts.hostname or "").encode("idna")  # as whoever looks it up does; fails for a label that none can have
    except ValueError:
        usable = False
    if "@" in read:  # the value is not shown: before the @ stands a password
        raise SettingsError(key, "…", "leave out user and password: nothing is asked there with them")
    if not usable or _UNPRINTABLE.search(read) or "?" in read or "#" in read:
        raise SettingsError(key, value, 'write an absolute URL without a query, as in "https://shop.example"')
    scheme, colon, rest = read.partition(":")
    return scheme.lower() + colon + rest.rstrip("/")


def server_url(key: str, value: object, environ: Mapping[str, str]) -> str:
    """As `url`, of a server that is asked for the paths that others name: scheme, host and port."""
    read = url(key, value, environ)
    if "/" in read.partition("://")[2]:
        raise SettingsError(key, value, "leave out the path: it is passed on as it comes; use match to part paths")
    return read


def ledger_url(key: str, value: object, environ: Mapping[str, str]) -> str:
    """The address of a ledger."""
    read = text(key, value, environ)
    try:
        check_address(read)
    except SettingsError as error:
        raise SettingsError(key, error.value, error.cure) from error
    return read


def networks(key: str, value: object, _environ: Mapping[str, str]) -> tuple[IPv4Network | IPv6Network, ...]:
    """A list of addresses or networks in CIDR notation."""
    read: list[IPv4Network | IPv6Network] = []
    for item in _items(key, value):
        try:
            read.append(ip_network(str(item)))
        except ValueError as error:
            raise SettingsError(key, item, 'write addresses or networks, as in "10.0.0.0/8"') from error
    return tuple(read)


def pattern(key: str, value: object, _environ: Mapping[str, str]) -> Pattern:
    """A method and a path template."""
    try:
        return Pattern.parse(str(value))
    except SettingsError as error:
        raise SettingsError(key, value, error.cure) from error


def patterns(key: str, value: object, environ: Mapping[str, str]) -> tuple[Pattern, ...]:
    """A list of methods with path templates."""
    return tuple([pattern(key, item, environ) for item in _items(key, value)])


def status_classes(key: str, value: object, _environ: Mapping[str, str]) -> frozenset[int]:
    """Status classes by their first digit: `["2xx", "3xx"]` is 2 and 3."""
    matches = [_STATUS_CLASS.match(str(item)) for item in _items(key, value)]
    if None in matches:
        raise SettingsError(key, value, 'write status classes, as in ["2xx", "3xx", "4xx"]')
    return frozenset(int(match[1]) for match in matches if match is not None)


def error_statuses(key: str, value: object, _environ: Mapping[str, str]) -> frozenset[int]:
    """Error statuses: 400 to 599."""
    read = [int(str(item)) if re.fullmatch(r"\d{3}", str(item)) else 0 for item in _items(key, value)]
    if any(status not in _STATUSES for status in read):
        raise SettingsError(key, value, "write error statuses from 400 to 599, as in [422]")
    return frozenset(read)


def statuses(key: str, value: object, _environ: Mapping[str, str]) -> frozenset[int]:
    """Statuses of success: 200 to 399."""
    read = [int(str(item)) if re.fullmatch(r"\d{3}", str(item)) else 0 for item in _items(key, value)]
    if any(status not in _SUCCESSES for status in read):
        raise SettingsError(key, value, "write statuses from 200 to 399, as in [303]")
    return frozenset(read)


def origins(key: str, value: object, environ: Mapping[str, str]) -> tuple[Origin, ...]:
    """A list of origins: scheme, host and port."""
    read: list[Origin] = []
    for item in texts(key, value, environ):
        origin = read_origin(item.encode(errors="replace"))
        if origin is None:
            raise SettingsError(key, item, 'write scheme and host, as in "https://app.shop.example"')
        read.append(origin)
    return tuple(read)


def hosts(key: str, value: object, environ: Mapping[str, str]) -> tuple[str, ...]:
    """A list of host names, as a Host field has them, without ports."""
    read: list[str] = []
    for item in texts(key, value, environ):
        origin = read_origin(b"http://" + item.encode(errors="replace"))
        if origin is None or origin.host != item.lower() or "*" in item:
            raise SettingsError(key, item, 'write a name without port, as in "host.docker.internal"')
        read.append(origin.host)
    return tuple(read)


def path(key: str, value: object, environ: Mapping[str, str]) -> str:
    """A path of this site, for a Location or a link."""
    read = text(key, value, environ)
    if kind_of(read.encode(errors="replace")) is not ReferenceKind.PATH or _UNPRINTABLE.search(read):
        raise SettingsError(key, value, 'write a path of this site, as in "/orders/pending"')
    return read


def codes(switched: Collection[str]) -> Reader:
    """A reader for codes of rules whose repair can be switched; of any other the setting would do nothing."""

    def read(key: str, value: object, _environ: Mapping[str, str]) -> frozenset[str]:
        given = frozenset(str(item).upper() for item in _items(key, value))
        known = {rule.code for rule in CATALOGUE}
        for code in sorted(given - known):
            close = get_close_matches(code, known, 1)
            cure = f"did you mean {close[0]}?" if close else "see seeother rules"
            raise SettingsError(key, code, f"is no code of a rule; {cure}")
        for code in sorted(given - set(switched)):
            raise SettingsError(key, code, "has no repair that this switches; leave it out")
        return given

    return read


def choice(options: type[Choice], *, later: str = "") -> Reader:
    """A reader for one of a few words; `later` names words that a coming release will understand."""

    def read(key: str, value: object, _environ: Mapping[str, str]) -> Choice:
        if isinstance(value, str) and value in later.split():
            raise SettingsError(key, value, "this release cannot do that yet; choose " + " or ".join(options))
        try:
            return options(str(value))
        except ValueError as error:
            raise SettingsError(key, value, "choose " + " or ".join(options)) from error

    return read


def principal(key: str, value: object, environ: Mapping[str, str]) -> str:
    """What tells people apart: `known`, `authorization`, `session:COOKIE` or `shared`."""
    read = text(key, value, environ)
    if read not in _PRINCIPALS and not re.fullmatch(rf"session:{_FIELD_NAME}", read):
        cure = 'write "session:" and the name of the session cookie, or "known", "authorization" or "shared"'
        raise SettingsError(key, value, cure)
    return read


def event_id(key: str, value: object, environ: Mapping[str, str]) -> str:
    """Where a callback has its event's id: `header:NAME`, `json:NAME` or `form:NAME`."""
    read = text(key, value, environ)
    if not re.fullmatch(rf"header:{_FIELD_NAME}|(?:json|form):.+", read):
        raise SettingsError(key, value, 'write header:, json: or form: and a name, as in "header:X-Event-Id"')
    return read


def form_fields(key: str, value: object, environ: Mapping[str, str]) -> frozenset[str]:
    """Names of form fields."""
    return frozenset(texts(key, value, environ))


def function(key: str, value: object, environ: Mapping[str, str]) -> Callable[..., Any]:
    """A function of the application's, as `module:name`; it is looked for at once, so that a misspelt one is told."""
    read = text(key, value, environ)
    module, _, name = read.partition(":")
    try:
        found: object = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        cure = f'write "module:function" of what can be imported where the guard is made ({error})'
        raise SettingsError(key, value, cure) from error
    if not callable(found):
        raise SettingsError(key, value, "name a function; this is none")
    return found


def unread(_key: str, value: object, _environ: Mapping[str, str]) -> object:
    """Anything: the setting is part of the interface, and this release does nothing with it."""
    return value


def _items(key: str, value: object) -> list[object]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",")]
    if isinstance(value, list):
        return list[object](value)
    raise SettingsError(key, value, 'write a list, as in ["…"]')
