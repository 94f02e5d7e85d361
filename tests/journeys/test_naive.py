# SPDX-License-Identifier: Apache-2.0
"""A shop that answers its orders with 302: seen by the audit from outside, by the watch from inside, and repaired."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.journeys.buying import choose, order
from tests.journeys.conftest import opened

pytestmark = pytest.mark.timeout(180)


async def recorded(folder: Path, browser: Browser, environ: Mapping[str, str]) -> tuple[Path, list[dict[str, Any]]]:
    """A HAR of an order in the naive shop, and what the watch was told of its redirect."""
    har = folder / "order.har"
    with opened(folder, "--naive", "order-302", environ=environ) as house:
        context = await browser.new_context(record_har_path=har)
        page = await context.new_page()
        await choose(page, house.shop)
        await order(page)
        await context.close()
        findings: list[dict[str, Any]] = []
        while not findings:
            findings = [each for each in house.ask("/api/findings")["findings"] if each["rule"] == "RED001"]
    return har, findings


def audited(har: Path) -> tuple[int, dict[str, Any]]:
    """The exit code and the document of `seeother audit`."""
    command = [sys.executable, "-m", "seeother", "audit", str(har), "--format", "json"]
    done = subprocess.run(command, capture_output=True, check=False)
    return done.returncode, json.loads(done.stdout)


async def test_audit_finds_it_and_the_watch_shows_it(tmp_path: Path, browser: Browser) -> None:
    """Observed only, the 302 reaches the browser: the recording is convicted and the finding is not repaired."""
    har, findings = await recorded(tmp_path, browser, {})

    code, document = audited(har)

    assert code == 1
    convicted = [(finding["rule"], finding["method"], finding["status"]) for finding in document["findings"]]
    assert convicted == [("RED001", "POST", 302)]
    assert [(finding["rule"], finding["repaired"]) for finding in findings] == [("RED001", False)]


async def test_guard_repairs_it_and_says_so(tmp_path: Path, browser: Browser) -> None:
    """Repaired, the same shop answers 303: nothing to convict outside, and a repaired finding inside."""
    har, findings = await recorded(tmp_path, browser, {"SEEOTHER_SITE_MODE": "repair"})

    code, document = audited(har)

    assert (code, document["findings"]) == (0, [])
    assert [(finding["rule"], finding["repaired"]) for finding in findings] == [("RED001", True)]
    assert findings[0]["step"] == "submit_order"
