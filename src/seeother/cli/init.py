# SPDX-License-Identifier: Apache-2.0
"""`seeother init`: a first seeother.toml, with a comment for each thing that was guessed."""

import argparse
import sys
from pathlib import Path

from seeother.audit import HarError, read_har
from seeother.draft import Draft, Reading, draft, find_application, read_routes, read_traffic, to_toml
from seeother.errors import SettingsError
from seeother.journey import RouteKind
from seeother.settings import DEFAULT_FILE

from .verb import ExitCode, Subparsers

_STDOUT = "-"
_EPILOG = """\
A shop in any language is read from a recording: open the browser's tools, visit and order, and save the network's
exchanges as a HAR file. What nobody has visited is not in it.

A Python application is imported as a server imports it, from the working directory. Read are Starlette, FastAPI,
Litestar, Flask and Django (its asgi.py or wsgi.py), under any middleware. What was guessed stands in the file with the
reason.

exit codes: 0 written, 2 no such application or recording, nobody here can read it, or the file is there already

examples:
  seeother init --app shop.web:app
  seeother init --app "shop.web:create_app()"        a factory that needs no arguments
  seeother init --app mysite.asgi:application --output deploy/seeother.toml
  seeother init --app shop.web:app --output - | less
  seeother init --har checkout.har

then:
  SEEOTHER_SECRET=$(openssl rand -hex 32) seeother check
"""


def add(subparsers: Subparsers) -> None:
    """Add the verb's parser."""
    parser = subparsers.add_parser(
        "init",
        help="write a first seeother.toml, from routes or a recording",
        description="Read the routes of an application or a recording, guess what they are for, and write them down.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--app", metavar="MODULE:APP", help="the application, as a server is given it")
    source.add_argument("--har", metavar="FILE", help="a visit of the shop, recorded by a browser, for any language")
    parser.add_argument(
        "--output", default=str(DEFAULT_FILE), metavar="FILE", help="default: seeother.toml; - is standard output"
    )
    parser.add_argument("--force", action="store_true", help="replace FILE if it is there")


def run(args: argparse.Namespace) -> int:
    """Read, guess and write; what is wrong is raised as a SettingsError."""
    output: str = args.output
    if output != _STDOUT and not args.force and Path(output).exists():
        raise _already_there(output)  # before anything of the application runs
    given: str = args.app or args.har
    reading = _read(given) if args.app else _recorded(given)
    drafted = draft(reading.routes)
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
        raise SettingsError("--har", given, str(error)) from error
    reading = read_traffic([exchange for _, exchange in recording.exchanges])
    if not reading.routes:
        raise SettingsError("--har", given, "there is no page of a shop in it; record a visit, and an order")
    return reading


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
