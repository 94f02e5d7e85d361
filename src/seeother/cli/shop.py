# SPDX-License-Identifier: Apache-2.0
"""`seeother shop`: the shop alone, to try things on."""

import os
from argparse import Namespace, RawDescriptionHelpFormatter

from .demo import first_of_four_ports
from .verb import Subparsers

_EPILOG = """\
examples:
  seeother shop                                  open until Ctrl-C, forgotten afterwards
  seeother shop --database sqlite:///my/shop.db  kept; payments.db and inventory.db are made beside it
  seeother shop --database postgresql://me@127.0.0.1/shop
                                                 kept there, in the schemas storefront, payments and inventory
  seeother shop --naive order-302                with a mistake that the guard reports and leaves alone
  SEEOTHER_SITE_MODE=repair seeother shop --naive order-302
                                                 with the same mistake, and the guard repairs it

exit codes: 0 ended by Ctrl-C, 2 wrong usage, 3 a port is taken or a part has failed
"""


def add(subparsers: Subparsers) -> None:
    """Add the verb."""
    parser = subparsers.add_parser(
        "shop",
        help="the shop alone, to try things on",
        description="Starts storefront, payment provider and inventory, without watch and without shoppers.",
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--port",
        type=first_of_four_ports,
        default=8303,
        metavar="P",
        help="the shop's port; payments take P+2, the inventory P+3 (default: %(default)s)",
    )
    parser.add_argument(
        "--database", metavar="URL", help="where to keep it: sqlite:///PATH or postgresql://… (default: nowhere)"
    )
    parser.add_argument("--naive", metavar="all|NAME,...", help="make mistakes on purpose: order-302")


def run(args: Namespace) -> int:
    """Run the shop until a signal comes; the exit code."""
    from seeother_shop.demo import run_shop
    from seeother_shop.naive import parse_naive

    if args.naive is not None:
        parse_naive(args.naive)  # before anything is started
        # What is to be seen must not be repaired away, unless somebody asks for exactly that.
        os.environ.setdefault("SEEOTHER_SITE_MODE", "observe")
    return run_shop(port=args.port, database=args.database, naive=args.naive)
