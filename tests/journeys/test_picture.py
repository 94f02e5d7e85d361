# SPDX-License-Identifier: Apache-2.0
"""The README's picture: the watch's page while a crowd buys in a shop with a mistake and a fault.

`SEEOTHER_PICTURES=1` writes it to docs/pictures; otherwise the page is only held against the picture's size.
"""

import asyncio
import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.journeys.conftest import opened

PICTURE = Path(__file__).parents[2] / "docs/pictures/watch.png"
SIZE = {"width": 1280, "height": 900}
SCALE = 2
CROWD = ("-m", "seeother_shop.shoppers", "--shoppers", "12", "--seed", "303", "--seconds", "60")
WRITES = bool(os.environ.get("SEEOTHER_PICTURES"))
ORDERS, BROKEN = (60, 9) if WRITES else (6, 2)  # a picture wants a crowd

pytestmark = [pytest.mark.whole, pytest.mark.timeout(180)]


def pixels(png: bytes) -> tuple[int, int]:
    """Width and height of a PNG (its IHDR chunk)."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


async def until(reached: Callable[[], bool]) -> None:
    """Wait until it is so; the test's own limit ends it otherwise."""
    while not await asyncio.to_thread(reached):  # noqa: ASYNC110 - another process changes it
        await asyncio.sleep(0.2)


async def test_picture_of_the_watch(tmp_path: Path, browser: Browser) -> None:
    """The page shows the crowd's journeys, the step that breaks and the finding, and is what the README shows."""
    breaking = tmp_path / "from-now-on"
    fault = ("--fault", "inventory-504", "--fault-epoch", str(breaking))
    with opened(tmp_path, "--naive", "order-302", environ={"SEEOTHER_SITE_MODE": "repair"}, inventory=fault) as house:
        crowd = await asyncio.create_subprocess_exec(
            sys.executable, *CROWD, "--shop", house.shop, stdout=asyncio.subprocess.DEVNULL
        )
        await until(lambda: house.matrix()["confirmation"]["attempts"] >= ORDERS)
        breaking.touch()
        await until(lambda: house.matrix()["submit_order"]["broken"] >= BROKEN)
        crowd.terminate()
        await crowd.wait()
        context = await browser.new_context(
            viewport={"width": SIZE["width"], "height": SIZE["height"]}, device_scale_factor=SCALE, locale="en-GB"
        )
        page = await context.new_page()
        await page.goto(house.watch)
        await expect(page.get_by_role("heading", name="submit_order")).to_be_visible()
        await expect(page.get_by_text("RED001").first).to_be_visible()
        taken = await page.screenshot()
        await context.close()

    if WRITES:
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        PICTURE.write_bytes(taken)

    assert pixels(PICTURE.read_bytes()) == pixels(taken)
