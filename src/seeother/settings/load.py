# SPDX-License-Identifier: Apache-2.0
"""Reads `seeother.toml` and the environment into one value; whatever is wrong is a SettingsError with the cure.

An environment variable `SEEOTHER_SECTION_KEY` overrides the file, as in `SEEOTHER_SITE_MODE=observe` or
`SEEOTHER_JOURNEY_CHECKOUT_ABANDONED_AFTER=20s`; a list is parted by commas.
"""

import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, cast

from seeother.errors import SettingsError
from seeother.journey import Journey, Step
from seeother.message import Origin, Pattern
from seeother.policy import WEBHOOK_ID, Idempotency, Oversize, RoutePolicy

from .readers import NAME_CURE, is_name
from .table import Mode, settings_of

DEFAULT_FILE = Path("seeother.toml")
GUARD_SECTIONS = frozenset({"site", "route", "ledger", "telemetry", "journey"})
PROXY_SECTIONS = GUARD_SECTIONS | {"proxy", "upstream"}
WATCH_SECTIONS = frozenset({"journey", "watch", "alerts"})
ALL_SECTIONS = PROXY_SECTIONS | WATCH_SECTIONS
_SUCCESS = frozenset({2, 3})  # status classes
_MOST_STEPS = 64  # of a journey: sets of them are kept in as many bits
_LONGEST = timedelta(days=3650)  # that a journey is open: days around it are counted in 16 bits
_REACH = timedelta(hours=1)  # for so long a row says something of those before it, or for abandoned_after
_Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """The site as a whole."""

    mode: Mode = Mode.REPAIR
    public_url: str | None = None
    secrets: tuple[str, ...] = ()
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    trusted_origins: tuple[Origin, ...] = ()
    redirect_hosts: tuple[str, ...] = ()
    repair: frozenset[str] = frozenset()
    leave: frozenset[str] = frozenset()
    retry_after: timedelta = timedelta(seconds=5)
    way_on: str = "/"
    deadline: timedelta | None = None
    fallback: str | None = None
    trusted_services: tuple[IPv4Network | IPv6Network, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerSettings:
    """The memory of answered actions."""

    url: str = "sqlite:///seeother-ledger.db"


@dataclass(frozen=True, slots=True)
class TelemetrySettings:
    """What is sent where; nothing without an endpoint."""

    endpoint: str | None = None
    token: str | None = None
    service: str = "shop"


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """The collector and its page."""

    host: str = "127.0.0.1"
    port: int = 8304
    store: str = "chdb://seeother-watch"
    folder: str = "seeother-watch"
    cluster: str | None = None
    journey_id: str = "session.id"
    keep: timedelta = timedelta(days=30)
    keep_counts: timedelta = timedelta(days=400)
    token: str | None = None
    hosts: tuple[str, ...] = ()
    ingest_keys: tuple[str, ...] = ()
    origins: tuple[Origin, ...] = ()
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """The guard as a process of its own."""

    host: str = "127.0.0.1"
    port: int = 8305
    drain: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class UpstreamSettings:
    """A server that the proxy stands in front of."""

    url: str
    match: str = "/"
    connect: timedelta = timedelta(seconds=3)
    read: timedelta = timedelta(seconds=60)
    total: timedelta | None = None
    concurrent: int = 10_000
    pause: timedelta = timedelta(seconds=2)
    health: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set; `ignored` lists keys that are accepted and do nothing yet."""

    site: SiteSettings = field(default_factory=SiteSettings)
    routes: tuple[RoutePolicy, ...] = ()
    ledger: LedgerSettings = field(default_factory=LedgerSettings)
    telemetry: TelemetrySettings = field(default_factory=TelemetrySettings)
    journeys: tuple[Journey, ...] = ()
    watch: WatchSettings = field(default_factory=WatchSettings)
    proxy: ProxySettings = field(default_factory=ProxySettings)
    upstreams: tuple[UpstreamSettings, ...] = ()
    ignored: tuple[str, ...] = ()


def load_settings(path: Path | None, environ: Mapping[str, str], sections: Collection[str] = ALL_SECTIONS) -> Settings:
    """The settings in the file at `path` (None: no file) with the environment's on top."""
    return read_settings(_document(path) if path is not None else {}, environ, sections)


def read_settings(document: _Table, environ: Mapping[str, str], sections: Collection[str] = ALL_SECTIONS) -> Settings:
    """The settings in a parsed document with the environment's on top; raises SettingsError.

    Only `sections` are read, so that whoever watches needs no secret of whoever signs.
    """
    _only(document, set(ALL_SECTIONS), "")
    document = {key: value for key, value in document.items() if key in sections}
    reading = _Reading(environ, sections)
    reading.section("alerts", _table(document, "alerts"))
    journeys = tuple([reading.journey(name, table) for name, table in _table(document, "journey").items()])
    return Settings(
        site=SiteSettings(**reading.section("site", _table(document, "site"))),
        routes=reading.routes(_tables(document, "route")),
        ledger=LedgerSettings(**reading.section("ledger", _table(document, "ledger"))),
        telemetry=TelemetrySettings(**reading.section("telemetry", _table(document, "telemetry"))),
        journeys=journeys,
        watch=reading.watch(_table(document, "watch"), journeys),
        proxy=ProxySettings(**reading.section("proxy", _table(document, "proxy"))),
        upstreams=reading.upstreams(_tables(document, "upstream")),
        ignored=tuple(reading.ignored),
    )


class _Reading:
    """One pass over the `sections` of a document; remembers what it accepted without a use."""

    def __init__(self, environ: Mapping[str, str], sections: Collection[str]) -> None:
        self.environ = environ
        self.sections = sections
        self.ignored: list[str] = []

    def section(self, section: str, table: _Table, shown: str | None = None) -> dict[str, Any]:
        """The values of a section's settings by name, defaults left to the value they build."""
        if section.partition(".")[0] not in self.sections:
            return {}  # nor what the environment says about it
        shown = shown or section
        known = settings_of(section)
        _only(table, set(known), shown)
        values: dict[str, Any] = {}
        for name, setting in known.items():
            variable = "SEEOTHER_" + f"{shown}_{name}".upper().replace(".", "_").replace("-", "_")
            given = self.environ.get(variable, table.get(name))
            if setting.required and given in (None, []):
                raise SettingsError(f"{shown}.{name}", given, f"is needed: {setting.help}")
            if given is None:
                continue
            if setting.planned:
                self.ignored.append(f"{shown}.{name}")
            else:
                values[name] = setting.read(f"{shown}.{name}", given, self.environ)
        return values

    def routes(self, tables: Sequence[_Table]) -> tuple[RoutePolicy, ...]:
        """The `[[route]]` tables, no exchange declared twice."""
        routes = [RoutePolicy(**self.section("route", table, f"route[{i}]")) for i, table in enumerate(tables)]
        _once([(f"route[{index}].match", route.match) for index, route in enumerate(routes)])
        for index, route in enumerate(routes):
            _fits(f"route[{index}]", route)
        return tuple(routes)

    def upstreams(self, tables: Sequence[_Table]) -> tuple[UpstreamSettings, ...]:
        """The `[[upstream]]` tables, no path given to two."""
        read = [UpstreamSettings(**self.section("upstream", table, f"upstream[{i}]")) for i, table in enumerate(tables)]
        matches = [upstream.match.rstrip("/") for upstream in read]
        for index, match in enumerate(matches):
            if match in matches[:index]:
                raise SettingsError(f"upstream[{index}].match", read[index].match, "give each path to one upstream")
        return tuple(read)

    def journey(self, name: str, given: object) -> Journey:
        """One `[journey.NAME]` with its steps."""
        shown = f"journey.{name}"
        table = _as_table(shown, given)
        if not is_name(name):
            raise SettingsError("journey", name, f"as a journey's name {NAME_CURE}")
        steps = tuple(
            [
                Step(**self.section("journey.NAME.step", step, f"{shown}.step[{index}]"))
                for index, step in enumerate(_tables(table, "step", f"{shown}.step"))
            ]
        )
        if not steps:
            raise SettingsError(f"{shown}.step", [], f"add at least one [[{shown}.step]] with name and on")
        if len(steps) > _MOST_STEPS:
            raise SettingsError(f"{shown}.step", f"{len(steps)} steps", f"use at most {_MOST_STEPS}")
        names = [step.name for step in steps]
        for step in names:
            if names.count(step) > 1:
                raise SettingsError(f"{shown}.step.name", step, "give each step of a journey a name of its own")
        _once([(f"{shown}.step[{index}].on", pattern) for index, step in enumerate(steps) for pattern in step.on])
        self.section("journey.NAME.slo", _table(table, "slo", f"{shown}.slo"), f"{shown}.slo")
        own = {key: value for key, value in table.items() if key not in {"step", "slo"}}
        values = self.section("journey.NAME", own, shown)
        journey = Journey(name, steps, **values)
        if journey.abandoned_after < timedelta(seconds=1):
            raise SettingsError(f"{shown}.abandoned_after", str(journey.abandoned_after), "use at least 1s")
        if journey.timeout < journey.abandoned_after:
            cure = f"use at least {shown}.abandoned_after, which is {journey.abandoned_after}"
            raise SettingsError(f"{shown}.timeout", str(journey.timeout), cure)
        if journey.timeout > _LONGEST:
            raise SettingsError(f"{shown}.timeout", str(journey.timeout), f"use at most {_LONGEST.days}d")
        return journey

    def watch(self, table: _Table, journeys: Iterable[Journey]) -> WatchSettings:
        """The `[watch]` table; rows are kept for longer than they say something of each other."""
        watch = WatchSettings(**self.section("watch", table))
        reach = max([_REACH, *[journey.abandoned_after for journey in journeys]])
        if "watch" in self.sections and watch.keep < 2 * reach:
            cure = f"use at least {2 * reach}: twice the longest abandoned_after, and two hours"
            raise SettingsError("watch.keep", str(watch.keep), cure)
        return watch


def _document(path: Path) -> _Table:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SettingsError("config", str(path), "there is no such file; `seeother check --help` shows one") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("config", str(path), f"cannot be read: {error}") from error
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, and what it forgets: huge numbers, deep nesting
        raise SettingsError("config", str(path), f"is not TOML: {error}") from error


def _only(table: _Table, known: set[str], section: str) -> None:
    for key in table:
        if key not in known:
            close = get_close_matches(key, known, 1)
            cure = f"did you mean {close[0]}?" if close else "known here: " + ", ".join(sorted(known))
            # The value is not shown: behind a misspelt key may stand a secret.
            raise SettingsError(f"{section}.{key}" if section else key or '""', "…", f"is not a setting; {cure}")


def _once(patterns: Iterable[tuple[str, Pattern]]) -> None:
    """Refuse what would never be reached because an earlier key fits the same exchanges."""
    seen: dict[str, str] = {}
    for key, pattern in patterns:
        if pattern.shape in seen:
            raise SettingsError(key, str(pattern), f"write each exchange once; {seen[pattern.shape]} has this one")
        seen[pattern.shape] = key


def _fits(shown: str, route: RoutePolicy) -> None:
    """Refuse settings of a route that would do nothing without another, or harm beside it."""
    if route.oversize is Oversize.REDIRECT and route.outcome_page is None:
        raise SettingsError(f"{shown}.oversize", str(route.oversize), f"say where to: set {shown}.outcome_page")
    if route.event_id != WEBHOOK_ID and route.idempotency is not Idempotency.CALLBACK:
        raise SettingsError(f"{shown}.event_id", route.event_id, f'is for {shown}.idempotency = "callback"')
    if route.transactional and route.idempotency is Idempotency.OFF:
        cure = f'is for actions with a key: set {shown}.idempotency, to "required" for instance'
        raise SettingsError(f"{shown}.transactional", value=True, cure=cure)
    if route.transactional and route.idempotency is not Idempotency.CALLBACK and not _SUCCESS.issubset(route.remember):
        given = sorted(f"{kind}xx" for kind in route.remember)
        cure = f"add 2xx and 3xx, or leave out {shown}.transactional: what is not remembered is rolled back"
        raise SettingsError(f"{shown}.remember", given, cure)


def _table(document: _Table, key: str, shown: str | None = None) -> _Table:
    return _as_table(shown or key, document.get(key, {}))


def _as_table(key: str, value: object) -> _Table:
    if not isinstance(value, dict):
        raise SettingsError(key, value, f"write it as a table: [{key}]")
    return cast("_Table", value)


def _tables(document: _Table, key: str, shown: str | None = None) -> list[_Table]:
    value = document.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in cast("list[object]", value)):
        raise SettingsError(shown or key, value, f"write it as a list of tables: [[{shown or key}]]")
    return cast("list[_Table]", value)
