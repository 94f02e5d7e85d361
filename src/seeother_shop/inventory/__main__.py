# SPDX-License-Identifier: Apache-2.0
"""`python -m seeother_shop.inventory`: the inventory as a process."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from starlette.types import ASGIApp

from seeother.asgi import Guard
from seeother.settings import GUARD_SECTIONS, load_settings
from seeother_shop.catalogue import PRODUCTS
from seeother_shop.database import Database
from seeother_shop.faults import GatewayTimeout
from seeother_shop.serving import Listening, fault_schedule, guard_environment, run, service_arguments

from .app import create_app

_NAME = "inventory"
_SETTINGS = Path(__file__).parent / "seeother.toml"


def _parser() -> ArgumentParser:
    parser = service_arguments(_NAME, "The shop's inventory.", host="127.0.0.1", port=8306)
    parser.add_argument("--stock", type=int, default=10_000, help="of each new product (default: %(default)s)")
    parser.add_argument(
        "--hold-seconds", type=float, default=900.0, help="how long a reservation holds (default: %(default)s)"
    )
    parser.add_argument("--watch", default="none", metavar="URL", help="where rows are sent, or none")
    return parser


def build(listening: Listening) -> ASGIApp:
    """The guarded application; its faults happen inside the guard, which records them."""
    arguments = listening.arguments
    schedule = fault_schedule(arguments)
    app = create_app(
        Database(arguments.database),
        tuple(product.slug for product in PRODUCTS),
        stock=arguments.stock,
        hold_seconds=arguments.hold_seconds,
    )
    late = GatewayTimeout(app, is_on=lambda: schedule.is_on("inventory-504"), method="POST", path="/reservations")
    return Guard(late, load_settings(_SETTINGS, guard_environment(listening), GUARD_SECTIONS))


if __name__ == "__main__":
    sys.exit(run(_NAME, _parser(), build, sys.argv[1:]))
