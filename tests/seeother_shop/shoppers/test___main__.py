# SPDX-License-Identifier: Apache-2.0
"""The crowd as a process: a line of JSON a second, and a last one at closing time."""

import asyncio
import json
import signal
import sys

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from tests.seeother_shop.shoppers.echo import serving


async def empty(_request: Request) -> Response:
    """A shop with nothing on its shelves."""
    return HTMLResponse("<title>Empty</title>")


async def test_sigterm_is_closing_time() -> None:
    """The last line is marked, has the same keys, and the exit code is 0."""
    async with serving(empty) as shop:
        command = (
            sys.executable,
            "-m",
            "seeother_shop.shoppers",
            "--shop",
            shop.url,
            "--shoppers",
            "2",
            "--pace",
            "50",
        )
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        lines = [json.loads(await process.stdout.readline())]
        while not lines[-1]["crowd"]["visits"]:
            lines.append(json.loads(await process.stdout.readline()))

        process.send_signal(signal.SIGTERM)
        rest, _ = await process.communicate()

    lines += map(json.loads, rest.splitlines())
    assert process.returncode == 0
    assert [line["closed"] for line in lines] == [False] * (len(lines) - 1) + [True]
    assert sum(lines[-1]["crowd"]["outcomes"].values()) == lines[-1]["crowd"]["visits"] > 0
    assert lines[-1]["crowd"]["statuses"] == {"200": len(shop.seen)}
    assert lines[-1]["chromium"]["state"] == "not asked for"
    assert all(line.keys() == lines[0].keys() for line in lines)
