# SPDX-License-Identifier: Apache-2.0
"""`seeother init`: a first seeother.toml, with a comment for each thing that was guessed."""

import argparse
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from seeother.audit import HarError, read_har
from seeother.draft import (
    Draft,
    Reading,
    ask_watch,
    draft,
    find_application,
    read_routes,
    read_traffic,
    read_watched,
    to_toml,
)
from seeother.errors import SettingsError
from seeother.journey import RouteKind
from seeother.settings import DEFAULT_FILE, load_settings

from .verb import ExitCode, Subparsers

_STDOUT = "-"
_DAYS = 7  # of telemetry
_EPILOG = """\
A shop in any language is read from a recording: open the browser's tools, visit and order, and save the network's
exchanges as a HAR file. Or it is read from what a running watch has seen in the last {days} days, if the shop sends
OpenTelemetry: the service that people come to, or --service NAME. A guard's own telemetry speaks only of what its
file declares. What nobody has visited is in neither.
A watch with a token is shown SEEOTHER_WATCH_TOKEN.

A Python application is imported as a server imports it, from the working directory. Read are Starlette, FastAPI,
Litestar, Flask and Django (its asgi.py or wsgi.py), under any middleware. What was guessed stands in the file with the
reason.

exit codes: 0 written, 2 no such application, recording or watch, nobody here can read it, nothing is in it, or the file
is there already, 3 watch does not answer

examples:
  seeother init --app shop.web:app
  seeother init --app "shop.web:create_app()"        a factory that needs no arguments
  seeother init --app mysite.asgi:application --output deploy/seeother.toml
  seeother init --app shop.web:app --output - | less
  seeother init --har checkout.har
  seeother init --watch http://127.0.0.1:8304

then:
  SEEOTHER_SECRET=$(openssl rand -hex 32) seeother check
"""


def add(subparsers: Subparsers) -> None:
    """Add the verb's parser."""
    parser = subparsers.add_parser(
        "init",
        help="draft a seeother.toml from routes, traffic or telemetry",
        description="Read the routes of an application, a recording or telemetry, guess what they are for, and write "
        "them down.",
        epilog=_EPILOG.format(days=_DAYS),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--app", metavar="MODULE:APP", help="the application, as a server is given it")
    source.add_argument("--har", metavar="FILE", help="a visit of the shop, recorded by a browser, for any language")
    source.add_argument("--watch", metavar="URL", help="a running `seeother watch` that the shop sends telemetry to")
    parser.add_argument("--service", metavar="NAME", help="with --watch: the service that is to be guarded")
    parser.add_argument(
        "--output", default=str(DEFAULT_FILE), metavar="FILE", help="default: seeother.toml; - is standard output"
    )
    parser.add_argument("--force", action="store_true", help="replace FILE if it is there")


def run(args: argparse.Namespace) -> int:
    """Read, guess and write; what is wrong is raised as a SettingsError."""
    output: str = args.output
    if output != _STDOUT and not args.force and Path(output).exists():
        raise _already_there(output)  # before anything of the application runs
    given: str = args.app or args.har or args.watch
    if args.service is not None and not args.watch:
        raise SettingsError("--service", args.service, "is for --watch")
    reading = _read(given) if args.app else _recorded(given) if args.har else _watched(given, args.service)
    drafted = draft(reading.routes, reading.visits)
    text = to_toml(drafted, reading, given, outside=not args.app)
    if output == _STDOUT:
        print(text, end="")
    else:
        _write(output, text, force=args.force)
    print(f"seeother: init: {_summary(drafted, reading, given, output)}", file=sys.stderr)
    return ExitCode.FINE


def _read(given: str) -> Reading:
    app = find_application(given, Path.cwd())
    try:
        reading = read_routes(app)
    except Exception as error:
        cause = f"{type(error).__name__}: {error}"
        raise SettingsError("--app", given, f"its routes cannot be read: {cause}") from error
    if reading is None:
        kind = type(app)
        cure = (
            f"{kind.__module__}.{kind.__qualname__} is no application whose routes can be read here; give one of "
            "Starlette, FastAPI, Litestar, Flask or Django, or write module:factory() for a factory"
        )
        raise SettingsError("--app", given, cure)
    return reading


def _recorded(given: str) -> Reading:
    """The routes that a recording shows."""
    try:
        recording = read_har(Path(given).read_bytes())
    except OSError as error:
        raise SettingsError("--har", given, f"cannot be read: {error.strerror}") from error
    except HarError as error:
        cure = f"{error}; give the network's exchanges, as a browser's tools save them"
        raise SettingsError("--har", given, cure) from error
    reading = read_traffic([exchange for _, exchange in recording.exchanges])
    if not reading.routes:
        raise SettingsError("--har", given, "there is no page of a shop in it; record a visit, and an order")
    return reading


def _watched(url: str, service: str | None) -> Reading:
    """The routes that a watch has seen."""
    token = load_settings(None, os.environ, {"watch"}).watch.token
    since = datetime.now(UTC) - timedelta(days=_DAYS)
    answer = ask_watch(url, urlencode({"from": since.isoformat(timespec="seconds")}), token)
    reading = read_watched(answer, service)
    if reading.routes:
        return reading
    others = sorted({row["service"] or "" for row in answer["routes"]} - {service or "", ""})
    if service is not None and others:
        cure = f"has sent nothing, or is a guard whose file declares nothing; these have: {', '.join(others)}"
        raise SettingsError("--service", service, cure)
    cure = (
        f"it has seen no page of a shop in {_DAYS} days; have the shop itself send OpenTelemetry "
        "(docs/how-to/telemetry.md: a guard speaks only of what its file declares), then visit; or record with --har"
    )
    raise SettingsError("--watch", url, cure)


def _write(output: str, text: str, *, force: bool) -> None:
    try:
        with Path(output).open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise _already_there(output) from error
    except OSError as error:
        raise SettingsError("--output", output, f"cannot be written: {error.strerror}") from error


def _already_there(output: str) -> SettingsError:
    return SettingsError("--output", output, "is there already; give another FILE, or --force to replace it")


def _summary(drafted: Draft, reading: Reading, given: str, output: str) -> str:
    """What was found, in one line."""
    kinds = [
        _counted(count, kind.value)
        for kind in RouteKind
        if (count := sum(entry.kind is kind for entry in drafted.entries))
    ]
    steps = ", ".join(step.name for step in drafted.steps)
    parts = [
        f"{given} ({reading.framework}) answers {_counted(len(reading.routes), 'route')}",
        f"declared {', '.join(kinds) or 'none'}",
        f"steps {steps}" if steps else "nothing looks like a checkout, so the journey is only an example",
        *([f"left out {len(reading.left_out)}"] if reading.left_out else []),
        *([] if output == _STDOUT else [f"wrote {output}"]),
    ]
    return "; ".join(parts)


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
