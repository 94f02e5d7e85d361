# SPDX-License-Identifier: Apache-2.0
"""`python -m seeother_shop.storefront`: the storefront as a process."""

import secrets
import sys
from argparse import ArgumentParser
from pathlib import Path

from starlette.types import ASGIApp

from seeother.asgi import Guard
from seeother.settings import GUARD_SECTIONS, load_settings
from seeother_shop.database import Database
from seeother_shop.naive import parse_naive
from seeother_shop.serving import (
    API_KEY,
    SITE_SECRET,
    WEBHOOK_SECRET,
    Listening,
    credential,
    fault_schedule,
    guard_environment,
    run,
    service_arguments,
)

from .app import Neighbours, create_app
from .telemetry import tracer_provider

_NAME = "storefront"
_SETTINGS = Path(__file__).parent / "seeother.toml"
_MODE = "SEEOTHER_SITE_MODE"


def _parser() -> ArgumentParser:
    parser = service_arguments(_NAME, "The shop's storefront.", host="127.0.0.1", port=8303)
    parser.add_argument("--payments", default="http://localhost:8305", metavar="URL", help="default: %(default)s")
    parser.add_argument("--inventory", default="http://127.0.0.1:8306", metavar="URL", help="default: %(default)s")
    parser.add_argument("--watch", default="none", metavar="URL", help="where rows and spans are sent, or none")
    parser.add_argument("--naive", default="", metavar="all|NAME,...", help="mistakes to make")
    parser.add_argument("--public-url", metavar="URL", help="the shop's address as people see it")
    return parser


def build(listening: Listening) -> ASGIApp:
    """The guarded application; with a mistake on, the guard only observes, so that the mistake can be seen."""
    arguments = listening.arguments
    fault_schedule(arguments)  # none of them is ours, but a wrong one is said
    naive = parse_naive(arguments.naive) if arguments.naive else frozenset[str]()
    environ = guard_environment(listening)
    if arguments.public_url:
        environ["SEEOTHER_SITE_PUBLIC_URL"] = arguments.public_url  # https makes the journey cookie Secure
    if naive:
        environ.setdefault(_MODE, "observe")
    environ.setdefault(SITE_SECRET, secrets.token_urlsafe(32))  # alone it needs none that outlives it
    settings = load_settings(_SETTINGS, environ, GUARD_SECTIONS)
    watch: str | None = settings.telemetry.endpoint
    app = create_app(
        Database(arguments.database),
        Neighbours(
            payments=arguments.payments,
            inventory=arguments.inventory,
            api_key=credential(listening.environ, API_KEY),
            webhook_secret=credential(listening.environ, WEBHOOK_SECRET),
        ),
        origin=arguments.public_url or listening.origin,
        naive=naive,
        tracing=tracer_provider(watch, settings.telemetry.service) if watch else None,
    )
    return Guard(app, settings)


if __name__ == "__main__":
    sys.exit(run(_NAME, _parser(), build, sys.argv[1:]))
