# SPDX-License-Identifier: Apache-2.0
"""What `seeother demo` and `seeother shop` do, as functions that give an exit code.

Exit codes: 0 fine, 1 the books do not balance, 3 a part could not start or did not last; 128 + the signal's number
when somebody did not want to wait for a clean end.
"""

import asyncio
import json
import os
import signal
import sys
import webbrowser
from collections.abc import Coroutine
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from httpx2 import HTTPError
from rich.console import Console

from seeother_shop.serving import fresh_secrets

from .cast import Addresses, Databases, shop_parts
from .demo import Demo, DemoOptions
from .document import document_of
from .look import Look
from .part import PartError
from .screen import LiveScreen, PlainScreen, Screen
from .stage import Stage, StoppedError

__all__ = ["run_demo", "run_shop"]

PART_FAILED = 3
BOOKS_WRONG = 1
SIGNALLED = 128


def run_demo(options: DemoOptions, *, as_json: bool = False, headless: bool = False) -> int:
    """Run the demo; with `as_json` standard output gets one document and nothing else."""
    return _exit_code("demo", _demo(options, as_json=as_json, headless=headless))


def run_shop(*, port: int, database: str | None, naive: str | None) -> int:
    """Run the three services until a signal comes."""
    return _exit_code("shop", _shop(port=port, database=database, naive=naive))


def _exit_code(verb: str, work: Coroutine[Any, Any, int]) -> int:
    try:
        return asyncio.run(work)
    except PartError as error:
        sys.stderr.write(f"seeother: {verb}: {error}\n")
        sys.stderr.writelines(f"    {line}\n" for line in error.tail.splitlines())
        return PART_FAILED
    except HTTPError as error:
        sys.stderr.write(f"seeother: {verb}: {error.request.url} did not answer as it should: {error!r}\n")
        return PART_FAILED
    except StoppedError as stopped:
        return SIGNALLED + stopped.number


async def _demo(options: DemoOptions, *, as_json: bool, headless: bool) -> int:
    is_shown = sys.stdout.isatty() and not (as_json or headless)
    screen: Screen = LiveScreen(Console()) if is_shown else PlainScreen(Console(stderr=True))
    with TemporaryDirectory(prefix="seeother-demo-") as folder, screen:
        async with Stage(Path(folder)) as stage:
            demo = Demo(options, stage, Path(folder), screen)
            await demo.start()
            if not headless and not as_json:
                _open_page(demo.addresses.watch)
            try:
                await demo.play()
            except StoppedError as stopped:
                if stopped.number != signal.SIGINT:
                    raise
            look = await demo.close()
    return _tell_end(look, as_json=as_json, is_shown=is_shown)


def _tell_end(look: Look, *, as_json: bool, is_shown: bool) -> int:
    books = look.books
    if as_json:
        sys.stderr.write(look.hearsay() + "\n")
        sys.stdout.write(json.dumps(document_of(look), indent=2) + "\n")
    elif not is_shown:
        Console().print(look)
    if books is not None and books.balanced and not books.duplicate_charges:
        return 0
    sys.stderr.write(f"seeother: demo: the shop's books do not balance: {books}\n")
    return BOOKS_WRONG


def _open_page(url: str) -> None:
    """Show the page to whoever sits before a desktop; a text browser would take the terminal away."""
    if sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(url)


async def _shop(*, port: int, database: str | None, naive: str | None) -> int:
    addresses = Addresses(port)
    with TemporaryDirectory(prefix="seeother-shop-") as folder:
        databases = Databases.at(database) if database is not None else Databases.beside(Path(folder, "shop.db"))
        async with Stage(Path(folder)) as stage:
            await stage.start(*shop_parts(addresses, databases, fresh_secrets(), watch=None, naive=naive))
            sys.stdout.write(f"shop       {addresses.shop}\npayments   {addresses.payments}\n")
            sys.stdout.write(f"inventory  {addresses.inventory}\nCtrl-C ends it.\n")
            sys.stdout.flush()
            try:
                await stage.during(asyncio.Event().wait())
            except StoppedError:
                return 0
    return 0
