# SPDX-License-Identifier: Apache-2.0
"""`seeother watch`: collect telemetry and show journeys, live."""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from seeother.settings import DEFAULT_FILE, WATCH_SECTIONS, Settings, load_settings
from seeother.watch import check_exposure

from .listening import bind, url_of
from .verb import ExitCode, Subparsers

_EPILOG = """\
Send OTLP/HTTP (protobuf or JSON) to /v1/traces and /v1/logs; see the page at /, and the API at /api/openapi.json.
One process owns a store in a folder; on a server others may fill it too.
Beyond this machine watch listens only with a token ([watch] token).

exit codes: 0 stopped or migrated, 2 wrong configuration, 3 port taken, store in use or away

examples:
  seeother watch
  seeother watch --store chdb:///var/lib/seeother --otlp-port 4318
  seeother watch --store clickhouse://watch@clickhouse.internal:8123/otel
  seeother watch --access-log /var/log/nginx/seeother.json
  seeother watch --migrate
"""

_PORTS = range(1 << 16)


def add(subparsers: Subparsers) -> None:
    """Add the verb's parser."""
    parser = subparsers.add_parser(
        "watch",
        help="collect telemetry and show journeys, live",
        description="Collect OpenTelemetry, keep it in ClickHouse, embedded or on a server that a Collector fills, and "
        "answer questions about journeys.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", metavar="H", help="address to listen on; default: 127.0.0.1")
    parser.add_argument(
        "--port", type=_port, metavar="P", help="port to listen on, 0 for any that is free; default: 8304"
    )
    parser.add_argument("--otlp-port", type=_port, metavar="P", help="take OTLP on this port too; usual: 4318")
    parser.add_argument(
        "--store",
        metavar="DSN",
        help="chdb:///PATH, a folder, or clickhouse://USER:PASSWORD@HOST:PORT/DATABASE; default: seeother-watch here",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="default: seeother.toml, if there is one")
    parser.add_argument(
        "--access-log", type=Path, metavar="FILE", help="follow this log of nginx for what nginx answers by itself"
    )
    parser.add_argument("--migrate", action="store_true", help="bring the store's tables up to date, then end")


def run(args: argparse.Namespace) -> int:
    """Bind, open the store, then serve until told to stop."""
    settings = _settings(args)
    # What follows brings FastAPI and the engine (a second, 220 MB): not for a wrong setting or a word of help.
    from seeother.watch.serve import migrate_store, name_of, open_store, serve

    if args.migrate:
        print("\n".join(migrate_store(settings, _show)) or "the store is up to date")
        return ExitCode.FINE
    watch = settings.watch
    ports = [watch.port] if args.otlp_port is None else [watch.port, args.otlp_port]
    sockets = [bind(watch.host, port) for port in ports]
    address = url_of(sockets[0])
    store = open_store(settings, address, _show)
    journeys = ", ".join(sorted(journey.name for journey in settings.journeys))
    print(f"watch listens on {address}, its store is {name_of(store)}", file=sys.stderr)
    if sockets[1:]:
        print(f"OTLP also on {url_of(sockets[1])}", file=sys.stderr)
    print(f"journeys: {journeys or 'none configured, so the matrix stays empty; give --config'}", file=sys.stderr)
    if args.access_log is not None:
        print(f"follows {args.access_log}", file=sys.stderr)
    serve(settings, store, sockets, args.access_log, _show)
    return ExitCode.FINE


def _show(line: str) -> None:
    """Say on standard error how far it is, on a terminal in one line."""
    print(line, end="\r" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) not in _PORTS:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; write a number from 0 to {_PORTS[-1]}")
    return int(text)


def _settings(args: argparse.Namespace) -> Settings:
    """The configuration, with the command line on top."""
    path: Path | None = args.config or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    sections = WATCH_SECTIONS if args.access_log is None else WATCH_SECTIONS | {"site"}  # whose secrets sign cookies
    settings = load_settings(path, os.environ, sections)
    given = {name: getattr(args, name) for name in ("host", "port", "store") if getattr(args, name) is not None}
    settings = replace(settings, watch=replace(settings.watch, **given))
    if not args.migrate:
        check_exposure(settings.watch.host, settings.watch.token)
    return settings
