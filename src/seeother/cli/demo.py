# SPDX-License-Identifier: Apache-2.0
"""`seeother demo`: a shop, watch and a crowd of shoppers, all at once."""

from argparse import ArgumentTypeError, Namespace, RawDescriptionHelpFormatter

from .verb import Subparsers

_EPILOG = """\
examples:
  seeother demo                                         until Ctrl-C, with a live table
  seeother demo --story                                 a minute in which two things break and come right again
  seeother demo --seconds 30 --shoppers 20 --headless --json
  seeother demo --fault inventory-504@10-20 --fault payment-lost@25

faults: START and END are seconds after the shop opened; without them a fault is on all the time.

exit codes: 0 fine, 1 the shop's books do not balance, 2 wrong usage, 3 a port is taken or a part has failed
"""
_LAST_PORT = 65535


def add(subparsers: Subparsers) -> None:
    """Add the verb."""
    parser = subparsers.add_parser(
        "demo",
        help="a shop, watch and a crowd of shoppers, all at once",
        description="Starts a complete small shop, watch and a crowd of shoppers, and shows what happens.",
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--port",
        type=first_of_four_ports,
        default=8303,
        metavar="P",
        help="the shop's port; watch, payments and inventory take the three after it (default: %(default)s)",
    )
    parser.add_argument("--shoppers", type=count, default=20, metavar="N", help="people at once (default: %(default)s)")
    parser.add_argument("--seconds", type=seconds, metavar="S", help="end by itself after so long")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME[@START[-END]]",
        help="let something go wrong: inventory-504, payment-lost (may be repeated)",
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed makes the same decisions")
    parser.add_argument("--story", action="store_true", help="tell what happens while two things break and recover")
    parser.add_argument("--headless", action="store_true", help="open no browser and draw no live table")
    parser.add_argument("--json", action="store_true", help="print one JSON document at the end and nothing else")


def run(args: Namespace) -> int:
    """Run the demo; the exit code."""
    from seeother_shop.demo import STORY_FAULTS, STORY_SECONDS, DemoOptions, run_demo
    from seeother_shop.faults import parse_fault

    faults: list[str] = [*args.fault, *(STORY_FAULTS if args.story else ())]
    for fault in faults:
        parse_fault(fault)  # before anything is started
    options = DemoOptions(
        port=args.port,
        shoppers=args.shoppers,
        seconds=STORY_SECONDS if args.story and args.seconds is None else args.seconds,
        faults=tuple(faults),
        seed=args.seed,
        tells_story=args.story,
    )
    return run_demo(options, as_json=args.json, headless=args.headless)


def first_of_four_ports(text: str) -> int:
    """A port that has three more after it."""
    if not text.isdecimal() or not 1 <= int(text) <= _LAST_PORT - 3:
        raise ArgumentTypeError(f"{text!r}: write a port from 1 to {_LAST_PORT - 3}; the three after it are used too")
    return int(text)


def count(text: str) -> int:
    """A number of people."""
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r}: write a number of people, 0 or more")
    return int(text)


def seconds(text: str) -> float:
    """A length of time in seconds, more than none."""
    try:
        length = float(text)
    except ValueError:
        length = 0
    if not 0 < length < float("inf"):
        raise ArgumentTypeError(f"{text!r}: write a number of seconds greater than 0")
    return length
