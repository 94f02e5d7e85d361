# SPDX-License-Identifier: Apache-2.0
"""`python -m seeother_shop.shoppers`: a crowd for a shop that is already open.

Writes its tally as one line of JSON a second on standard output. SIGTERM or SIGINT is closing time: those inside
finish, and the last line, marked `closed`, is the final tally. A second signal turns the lights off.
"""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

from .chromium import ChromiumShopper
from .crowd import Closing, Crowd

REPORT_SECONDS = 1.0


def read_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m seeother_shop.shoppers", description="A crowd for an open shop.")
    parser.add_argument("--shop", required=True, metavar="URL", help="the shop's front door")
    parser.add_argument("--shoppers", type=int, default=10, metavar="N", help="people at once (default: 10)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same decisions (default: 1)")
    parser.add_argument("--pace", type=float, default=1.0, help="2 thinks twice as fast (default: 1)")
    parser.add_argument("--seconds", type=float, metavar="S", help="closing time (default: when a signal says so)")
    parser.add_argument("--chromium", action="store_true", help="add a shopper in a real headless Chromium")
    return parser.parse_args(arguments)


async def open_doors(options: argparse.Namespace) -> None:
    """Shop and report until closing time."""
    closing = Closing()
    crowd = Crowd(options.shop, options.shoppers, options.seed, closing, options.pace)
    chromium = ChromiumShopper(options.shop, options.seed, closing)
    working = asyncio.gather(crowd.run(), *([chromium.run()] if options.chromium else []))

    def close() -> None:
        if closing.has_come:
            working.cancel()
        closing.call()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, close)
    if options.seconds is not None:
        loop.call_later(options.seconds, closing.call)
    while not working.done():
        report(crowd, chromium)
        await asyncio.wait([working], timeout=REPORT_SECONDS)
    with suppress(asyncio.CancelledError):  # the lights went out
        working.result()
    report(crowd, chromium, closed=True)


def report(crowd: Crowd, chromium: ChromiumShopper, *, closed: bool = False) -> None:
    """Write the tally as one line."""
    line = {
        "closed": closed,
        "crowd": crowd.tally.to_json(),
        "chromium": {"state": chromium.state, **chromium.tally.to_json()},
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(open_doors(read_arguments()))
