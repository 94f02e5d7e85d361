# SPDX-License-Identifier: Apache-2.0
"""The shopper in a real browser says why it stays away."""

from pathlib import Path

import pytest

from seeother_shop.shoppers import Closing
from seeother_shop.shoppers.chromium import ChromiumShopper, find_chromium


def test_any_of_the_usual_programs_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chromium and Chrome are looked up on PATH by their usual names."""
    program = tmp_path / "google-chrome"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert find_chromium() == str(program)


async def test_without_a_browser_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Chromium has a crowd all the same."""
    monkeypatch.setenv("PATH", str(tmp_path))
    shopper = ChromiumShopper("http://127.0.0.1:1", seed=1, closing=Closing())

    await shopper.run()

    assert shopper.state == "skipped: no chromium on PATH"


async def test_a_browser_that_does_not_start_is_told_and_not_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that is no browser after all must not end the crowd."""
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    shopper = ChromiumShopper("http://127.0.0.1:1", seed=1, closing=Closing())

    await shopper.run()

    assert shopper.state.startswith("failed: ")
