# SPDX-License-Identifier: Apache-2.0
"""The shopper in a real Chromium, for machines that have one; on others one line says what is missing."""

import shutil
from dataclasses import dataclass, field
from importlib.util import find_spec

from .crowd import Closing
from .tally import Tally

__all__ = ["ChromiumShopper", "find_chromium"]

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """The path of an installed Chromium or Chrome; never one that Playwright downloaded."""
    return next((path for path in map(shutil.which, PROGRAMS) if path is not None), None)


@dataclass(slots=True)
class ChromiumShopper:
    """One shopper in a browser; `state` says in a few words how it is."""

    shop: str
    seed: int
    closing: Closing
    state: str = "not asked for"
    tally: Tally = field(default_factory=Tally)

    async def run(self) -> None:
        """Shop until closing time; whatever goes wrong with the browser is told in `state`, not raised."""
        executable = find_chromium()
        if executable is None:
            self.state = "skipped: no chromium on PATH"
            return
        if find_spec("playwright") is None:
            self.state = "skipped: the Python package playwright is not installed"
            return
        from .playwright import Error, shop_with_chromium  # noqa: PLC0415  # optional, and slow to import

        self.state = "shopping"
        try:
            await shop_with_chromium(executable, shop=self.shop, seed=self.seed, closing=self.closing, tally=self.tally)
        except Error as error:
            self.state = "failed: " + str(error).partition("\n")[0]
        else:
            self.state = "done"
