# SPDX-License-Identifier: Apache-2.0
"""The arguments that all three services take."""

import os
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

from seeother_shop.faults import Schedule, parse_fault

from .credentials import DATABASE


def service_arguments(name: str, purpose: str, *, host: str, port: int) -> ArgumentParser:
    """A parser with the common arguments, for `python -m seeother_shop.NAME`."""
    parser = ArgumentParser(prog=f"python -m seeother_shop.{name}", description=purpose)
    parser.add_argument("--host", default=host, help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=port, help="port; 0 lets the kernel choose (default: %(default)s)")
    parser.add_argument(
        "--database",
        default=os.environ.get(DATABASE),
        required=DATABASE not in os.environ,
        metavar="URL",
        help=f"sqlite:////tmp/shop.db, or postgresql://… (default: what {DATABASE} says)",
    )
    parser.add_argument("--ledger", metavar="URL", help="the guard's ledger (default: beside the database)")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME[@START[-END]]", help="may be repeated")
    parser.add_argument(
        "--fault-epoch", type=_moment, metavar="WHEN", help="start of the run: Unix time, or a file that is made then"
    )
    parser.add_argument("--log-level", default="warning", choices=["debug", "info", "warning", "error"])
    return parser


def ledger_url(database: str) -> str:
    """The ledger that goes with a database: /tmp/shop.db has /tmp/shop-ledger.db, PostgreSQL has it inside."""
    if database.startswith("postgresql:"):
        return database
    return f"{database.removesuffix('.db')}-ledger.db"


def fault_schedule(arguments: Namespace) -> Schedule:
    """The faults that the command line asks for, counted from now where it names no start of the run."""
    epoch = time.time() if arguments.fault_epoch is None else arguments.fault_epoch
    return Schedule([parse_fault(spec) for spec in arguments.fault], epoch=epoch)


def _moment(text: str) -> float | Path:
    try:
        return float(text)
    except ValueError:
        return Path(text)
