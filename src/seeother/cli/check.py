# SPDX-License-Identifier: Apache-2.0
"""`seeother check`: say whether the configuration can be used, and what it means."""

import argparse
import os
import re
from collections.abc import Iterable
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from seeother.journey import Journey, Seal
from seeother.policy import Idempotency, RoutePolicy
from seeother.proxy import check_outside
from seeother.settings import DEFAULT_FILE, Mode, Settings, load_settings

from .verb import ExitCode, Subparsers

_EPILOG = """\
The environment overrides the file: SEEOTHER_SITE_MODE=observe.

exit codes: 0 it can be used, 2 it cannot, and why

examples:
  seeother check
  SEEOTHER_SECRET=$(openssl rand -hex 32) seeother check --config deploy/seeother.toml

a seeother.toml to begin with:
  [site]
  secrets = ["env:SEEOTHER_SECRET"]

  [[route]]
  match = "POST /orders"
  idempotency = "required"

  [journey.checkout]
  [[journey.checkout.step]]
  name = "submit_order"
  on = ["POST /orders"]
"""
_DRIVERS = {
    "redis": ("redis", "redis"),
    "rediss": ("redis", "redis"),
    "postgresql": ("postgres", "psycopg"),
    "postgres": ("postgres", "psycopg"),
}  # by scheme: the extra, and what it brings
_PASSWORD = re.compile("(password=)[^&#]*", re.IGNORECASE)


def add(subparsers: Subparsers) -> None:
    """Add the verb's parser."""
    parser = subparsers.add_parser(
        "check",
        help="say whether seeother.toml can be used, and what it means",
        description="Read the configuration as guard and watch would, and print what they would understand.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", type=Path, default=DEFAULT_FILE, metavar="FILE", help="default: seeother.toml")


def run(args: argparse.Namespace) -> int:
    """Read and print; what is wrong is raised as a SettingsError."""
    path: Path = args.config
    settings = load_settings(path, os.environ)
    if settings.journeys and settings.site.mode is not Mode.OFF:
        Seal(settings.site.secrets)  # refuses secrets as the guard would
    if settings.upstreams:
        check_outside(settings)
    print("\n".join([f"{path} can be used.", "", *_site(settings), "", *_routes(settings), *_journeys(settings)]))
    if settings.ignored:
        print(f"\nAccepted, but without effect in this release: {', '.join(settings.ignored)}")
    return ExitCode.FINE


def _site(settings: Settings) -> list[str]:
    site, telemetry, watch = settings.site, settings.telemetry, settings.watch
    public_url = site.public_url or "no public URL, so redirects stay relative"
    rows = telemetry.endpoint or "nowhere"
    proxies = _listed(site.trusted_proxies) or "none, so forwarded fields are left alone"
    hosts = f"to {_listed(site.redirect_hosts)}" if site.redirect_hosts else "to any host"
    switched = [f"{what} {_listed(codes)}" for what, codes in (("also", site.repair), ("not", site.leave)) if codes]
    return [
        f"site       mode {site.mode}, {public_url}",
        f"proxies    {proxies}",
        f"redirects  {hosts}",
        f"repairs    {', '.join(['by default', *switched])}",
        f"ledger     {_ledger(settings.ledger.url)}",
        f"telemetry  to {rows} as {telemetry.service}",
        f"watch      http://{watch.host}:{watch.port}, store {_without_password(watch.store)}",
        *_in_front(settings),
    ]


def _ledger(url: str) -> str:
    """The ledger's address, and what it lacks here; a guard elsewhere may have it."""
    parts = urlsplit(url)
    extra, module = _DRIVERS.get(parts.scheme, ("", ""))
    folder = Path(unquote(parts.path[1:])).parent
    missing = ""
    if module and find_spec(module) is None:
        missing = f" (missing here: pip install 'seeother[{extra}]')"
    elif parts.scheme == "sqlite" and not folder.is_dir():
        missing = f" (missing here: the folder {folder}; without it a guard does not start)"
    return _without_password(url) + missing


def _in_front(settings: Settings) -> list[str]:
    """Where a guard of its own would listen, and whom it would ask."""
    proxy = settings.proxy
    servers = [f"{each.match} by {each.url}" for each in settings.upstreams]
    return [f"guard      http://{proxy.host}:{proxy.port}, answers {', '.join(servers)}"] if servers else []


def _routes(settings: Settings) -> list[str]:
    if not settings.routes:
        return ["no routes: nothing is declared as an action, so nothing is answered once only"]
    return ["routes", *_columns([[f"  {route.match}", _meaning(route)] for route in settings.routes])]


def _meaning(route: RoutePolicy) -> str:
    """What a route's declaration makes of it."""
    meaning: list[str] = [route.kind]
    if route.idempotency is not Idempotency.OFF:
        by_event = route.idempotency is Idempotency.CALLBACK
        what, where = ("an event", route.event_id) if by_event else ("a key", route.idempotency)
        meaning += [
            f"once {what} ({where}, {route.principal})",
            f"in flight: {route.in_flight}",
            f"finished: {route.finished}",
            *_promise(route),
        ]
    if route.dialogue:
        meaning.append(f"dialogue: {_listed(route.dialogue)}")
    if route.success or route.errors:
        meaning.append(f"answers {_listed(route.success | route.errors)}")
    if route.preserves_method:
        meaning.append("may keep the method")
    if route.problems:
        meaning.append("own errors as problem details")
    if route.form_token:
        meaning.append("form token needed by old browsers")
    if route.park:
        meaning.append("pages parked")
    if route.outcome_page is not None:
        meaning.append(f"unknown outcome: {route.outcome_page}")
    if route.deadline is not None:
        meaning.append(f"deadline {_duration(route.deadline)}")
    return ", ".join(meaning)


def _promise(route: RoutePolicy) -> list[str]:
    """What holds when a process or the ledger is lost: in one transaction both have been, or neither."""
    if route.transactional:
        return ["in the application's transaction"]
    return [f"after a crash: {route.after_crash}", f"without ledger: {route.ledger_down}"]


def _listed(values: Iterable[object]) -> str:
    return " ".join(sorted(map(str, values)))


def _journeys(settings: Settings) -> Iterable[str]:
    for journey in settings.journeys:
        yield ""
        yield from _journey(journey)


def _journey(journey: Journey) -> list[str]:
    rows = [
        [f"  {number} {step.name}{' (optional)' if step.optional else ''}", ", ".join(map(str, step.on))]
        for number, step in enumerate(journey.steps, 1)
    ]
    idle, longest = _duration(journey.abandoned_after), _duration(journey.timeout)
    return [f"journey {journey.name}: abandoned after {idle}, times out after {longest}", *_columns(rows)]


def _columns(rows: list[list[str]]) -> list[str]:
    """Two columns, aligned."""
    width = max(len(left) for left, _ in rows)
    return [f"{left:<{width}}  {right}" for left, right in rows]


def _duration(length: timedelta) -> str:
    """A duration as one writes it in the file: in the largest unit that divides it."""
    seconds = length.total_seconds()
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds * 1000:.0f}ms"


def _without_password(url: str) -> str:
    """The address of a store, for a screen that others may see; libpq takes a password in the query, too."""
    url = _PASSWORD.sub(r"\1...", url)
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if ":" not in user:
        return url
    return parts._replace(netloc=f"{user.partition(':')[0]}:...{at}{host}").geturl()
