# SPDX-License-Identifier: Apache-2.0
"""Content streams in both directions, however much there is and however slow whoever takes it."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from tests.seeother.proxy.premises import Running, guard, shop

GIGABYTE = 1 << 30
MOST_MEGABYTES = 100
SLOW_CLIENTS = 1000
MEGABYTE = 1 << 20


def peak_megabytes(front: Running) -> float:
    """The most memory that the guard has ever had."""
    status = Path(f"/proc/{front.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@pytest.mark.slow
def test_a_gigabyte_passes_in_little_memory(tmp_path: Path) -> None:
    """Down and up, with a length and without one."""
    with shop(tmp_path / "shop") as behind, guard(tmp_path / "guard", behind.port) as front:
        url = f"http://127.0.0.1:{front.port}"
        received = 0
        with httpx2.stream("GET", f"{url}/big?{GIGABYTE}", timeout=20) as response:
            for piece in response.iter_raw():
                received += len(piece)
        pieces = (b"x" * MEGABYTE for _ in range(GIGABYTE // MEGABYTE))
        counted = httpx2.post(f"{url}/upload", content=pieces, timeout=20).text

        assert (received, counted) == (GIGABYTE, str(GIGABYTE))
        assert peak_megabytes(front) < MOST_MEGABYTES


async def dawdle(port: int, go_on: asyncio.Event, begun: asyncio.Semaphore) -> int:
    """Ask for a megabyte, take its beginning, and the rest much later; how much came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
    writer.write(b"GET /big?%d HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n" % MEGABYTE)
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    begun.release()
    await go_on.wait()
    received = 0
    while piece := await reader.read(65536):
        received += len(piece)
    writer.close()
    await writer.wait_closed()
    return received


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_thousand_slow_clients_keep_nobody_waiting(tmp_path: Path) -> None:
    """Others are answered meanwhile, and each of the slow ones gets all in the end."""
    with ExitStack() as stack:
        behind = stack.enter_context(shop(tmp_path / "shop"))
        front = stack.enter_context(guard(tmp_path / "guard", behind.port))
        go_on, begun = asyncio.Event(), asyncio.Semaphore(0)
        dawdling = [asyncio.create_task(dawdle(front.port, go_on, begun)) for _ in range(SLOW_CLIENTS)]
        for _ in range(SLOW_CLIENTS):
            await begun.acquire()
        async with httpx2.AsyncClient(timeout=20) as client:
            page = await client.get(f"http://127.0.0.1:{front.port}/products/7")
        go_on.set()
        received = await asyncio.gather(*dawdling)

    assert page.text == "<!doctype html><title>/products/7</title>"
    assert set(received) == {MEGABYTE}
