# SPDX-License-Identifier: Apache-2.0
"""What each of the shops does, in whatever framework: it writes down what happens, so that tests can count."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from seeother.policy import Link, preload

NOTES = Path("notes")  # in the server's working directory
STYLE: Link = preload("/shop.css", "style")
PAGE = "<!doctype html><title>shop</title>"
LARGE = b"x" * (4 << 20)
ORDER_SECONDS = 0.3
SLOW_SECONDS = 0.3


class ShopError(Exception):
    """The shop has failed."""


def note(text: str) -> None:
    """Write down that something has happened."""
    with NOTES.open("a") as file:
        file.write(text + "\n")


def half() -> Iterator[bytes]:
    """Half an answer."""
    yield b"part"
    raise ShopError


async def ahalf() -> AsyncIterator[bytes]:
    """Half an answer, for an event loop."""
    yield b"part"
    raise ShopError
