# SPDX-License-Identifier: Apache-2.0
"""`seeother guard`: the guard as a process of its own, in front of a shop in any language."""

import argparse
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from seeother.policy import Idempotency
from seeother.proxy import check_outside, check_own_address
from seeother.settings import DEFAULT_FILE, PROXY_SECTIONS, Settings, load_settings, read_settings

from .listening import bind, url_of
from .verb import ExitCode, Subparsers

_EPILOG = """\
What stands in seeother.toml is kept from here: routes, journeys, the ledger, and [[upstream]] for several servers.
SIGHUP has the file read again: requests under way end with the old one. SIGTERM lets them end, then leaves.
A load balancer asks /.seeother/healthz (it lives) and /.seeother/readyz (so do the servers behind).

exit codes: 0 stopped, 2 wrong configuration, 3 port taken or ledger away

examples:
  seeother guard --upstream http://127.0.0.1:8080
  seeother guard --config seeother.toml --host 0.0.0.0 --port 80
"""
_PORTS = range(1 << 16)


def add(subparsers: Subparsers) -> None:
    """Add the verb's parser."""
    parser = subparsers.add_parser(
        "guard",
        help="stand in front of a shop in any language",
        description="Pass requests on to a shop's server, and make every exchange of a journey safe.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--upstream", metavar="URL", help="the shop's server; all paths that no [[upstream]] takes")
    parser.add_argument("--host", metavar="H", help="address to listen on; default: 127.0.0.1")
    parser.add_argument(
        "--port", type=_port, metavar="P", help="port to listen on, 0 for any that is free; default: 8305"
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="default: seeother.toml, if there is one")


def run(args: argparse.Namespace) -> int:
    """Bind, then guard until told to stop."""
    settings = _settings(args)
    check_outside(settings)  # before it says that it listens
    from seeother.proxy.serve import serve

    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until it serves there is nothing newer to read
    listening = bind(settings.proxy.host, settings.proxy.port)
    check_own_address(settings.upstreams, listening)
    behind = ", ".join([f"{each.match} by {each.url}" for each in settings.upstreams])
    print(f"guard listens on {url_of(listening)}, and answers {behind}", file=sys.stderr, flush=True)
    _say_if_nothing_once(settings, args.config)

    def read_again() -> Settings:
        changed = _settings(args)
        check_own_address(changed.upstreams, listening)
        _say_if_nothing_once(changed, args.config)
        return changed

    serve(settings, listening, read_again)
    return ExitCode.FINE


def _say_if_nothing_once(settings: Settings, config: Path | None) -> None:
    """What whoever starts in another folder, or with a draft as it is, would else learn from a second order."""
    if any(route.idempotency is not Idempotency.OFF for route in settings.routes):
        return
    why = f"no [[route]] of {config} has idempotency" if config else f"there is no {DEFAULT_FILE} in {Path.cwd()}"
    print(f"{why}, so no action is done once only; see `seeother init --help`", file=sys.stderr, flush=True)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) not in _PORTS:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; write a number from 0 to {_PORTS[-1]}")
    return int(text)


def _settings(args: argparse.Namespace) -> Settings:
    """The configuration, with the command line on top."""
    if args.config is None and DEFAULT_FILE.exists():
        args.config = DEFAULT_FILE  # one that is gone when it is read again leaves the guard as it was
    settings = load_settings(args.config, os.environ, PROXY_SECTIONS)
    given = {name: getattr(args, name) for name in ("host", "port") if getattr(args, name) is not None}
    settings = replace(settings, proxy=replace(settings.proxy, **given))
    if args.upstream is None:
        return settings
    (whole,) = read_settings({"upstream": [{"url": args.upstream}]}, {}, {"upstream"}).upstreams
    described = [replace(each, url=whole.url) for each in settings.upstreams if not each.match.rstrip("/")]
    others = [each for each in settings.upstreams if each.match.rstrip("/")]
    return replace(settings, upstreams=(*(described or [whole]), *others))
