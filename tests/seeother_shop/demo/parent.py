# SPDX-License-Identifier: Apache-2.0
"""A parent that starts two stand-ins, prints their process ids and waits; run as a program and then killed."""

import asyncio
import sys
from pathlib import Path

from seeother_shop.demo import Part, Stage


async def main(folder: Path, *ports: int) -> None:
    """Start one part a port and wait for ever."""
    here = {"PYTHONPATH": str(Path(__file__).parent)}
    parts = [
        Part(f"part{port}", "standin", ("--port", str(port), *flags), f"http://127.0.0.1:{port}/", environ=here)
        for port, flags in zip(ports, (["--grandchild"], ["--stubborn"]), strict=True)
    ]
    async with Stage(folder) as stage:
        await stage.start(*parts)
        print("ready", flush=True)  # noqa: T201  # read by the test
        await stage.during(asyncio.Event().wait())


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), *map(int, sys.argv[2:])))
