# SPDX-License-Identifier: Apache-2.0
"""`python -m seeother_shop.payments`: the provider as a process."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from starlette.types import ASGIApp

from seeother.asgi import Guard
from seeother.settings import GUARD_SECTIONS, load_settings
from seeother_shop.database import Database
from seeother_shop.faults import CuttingProtocol, LostAnswer
from seeother_shop.serving import (
    API_KEY,
    WEBHOOK_SECRET,
    Listening,
    credential,
    fault_schedule,
    ledger_url,
    run,
    service_arguments,
)

from .app import create_app

_NAME = "payments"
_SETTINGS = Path(__file__).parent / "seeother.toml"
_FAULT = "payment-lost"


def _parser() -> ArgumentParser:
    parser = service_arguments(_NAME, "The shop's payment provider.", host="localhost", port=8305)
    parser.add_argument("--seed", type=int, default=1, help="of late and doubled webhooks (default: %(default)s)")
    return parser


def build(listening: Listening) -> ASGIApp:
    """The guarded application, with its faults around it."""
    arguments = listening.arguments
    schedule = fault_schedule(arguments)
    app = create_app(
        Database(arguments.database),
        api_key=credential(listening.environ, API_KEY),
        webhook_secret=credential(listening.environ, WEBHOOK_SECRET),
        origin=listening.origin,
        seed=arguments.seed,
        is_held=lambda: schedule.is_on(_FAULT),
    )
    # Another company's process: what the environment says about our telemetry and our site is not for it.
    environ = {"SEEOTHER_LEDGER_URL": arguments.ledger or ledger_url(arguments.database)}
    guarded = Guard(app, load_settings(_SETTINGS, environ, GUARD_SECTIONS))
    # Outside the guard: what is lost is lost on the line, after the ledger has the answer.
    return LostAnswer(guarded, is_on=lambda: schedule.is_on(_FAULT), method="POST", path=r"/payments/[^/]+/capture")


if __name__ == "__main__":
    sys.exit(run(_NAME, _parser(), build, sys.argv[1:], protocol=CuttingProtocol))
