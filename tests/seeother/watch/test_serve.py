# SPDX-License-Identifier: Apache-2.0
"""What watch can be run with."""

import subprocess
import sys

import pytest
from httpx2 import AsyncClient
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from seeother.watch.serve import served_as
from tests.seeother.watch.serving import served


def test_a_watch_over_a_server_needs_no_engine_of_its_own() -> None:
    """It is half a gigabyte, and an extra of its own; who has none is told so when a folder is wanted."""
    script = """
import sys
sys.modules["chdb"] = None
from seeother.errors import SettingsError
from seeother.settings import Settings
from seeother.watch.serve import open_store
try:
    open_store(Settings())
except SettingsError as error:
    print(error)
"""

    told = subprocess.check_output([sys.executable, "-c", script], text=True, timeout=30)

    assert "watch.store" in told
    assert "seeother[embedded]" in told


async def _who_asks(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await PlainTextResponse(f"{scope['scheme']} {scope['client'][0]}")(scope, receive, send)


async def test_nobody_is_believed_for_being_near(monkeypatch: pytest.MonkeyPatch) -> None:
    """Uvicorn by itself takes anybody's word on the loopback, where nginx passes on what its clients have written."""
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    config = served_as(_who_asks)
    config.lifespan = "off"
    said = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}

    async with served(config) as url, AsyncClient() as client:
        assert (await client.get(url, headers=said)).text == "http 127.0.0.1"
