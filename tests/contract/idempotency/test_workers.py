# SPDX-License-Identifier: Apache-2.0
"""The same request many times at once, to four processes of a real server: one effect, and its answer for all."""

import asyncio
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest

from seeother.policy.idempotency.desk import PER_KEY
from seeother.wsgi.guard import HELD_PER_KEY
from tests.servers.http_servers import HTTP_SERVERS, http_server
from tests.servers.program import START_LIMIT_SECONDS

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
WORKERS = 4
CROWDS = (2, 8, 64)
PLAIN = ssl.create_default_context()  # one for all: reading the trusted certificates takes longer than a request


class House(NamedTuple):
    """A server's address, how many duplicates a process of it holds at least, and the file that gets each run."""

    url: str
    seats: int
    runs: Path


@pytest.fixture(params=["uvicorn-httptools", "gunicorn"])
def house(request: pytest.FixtureRequest, address: str, tmp_path: Path) -> Iterator[House]:
    """A server by ASGI or by WSGI; a ledger in memory is no other process's, so there it has one worker."""
    workers = 1 if address.startswith("memory:") else WORKERS
    runs, heard = tmp_path / "runs", tmp_path / "heard"
    interface = HTTP_SERVERS[request.param].interface
    seats = HELD_PER_KEY if interface == "wsgi" else PER_KEY
    with http_server(
        request.param, f"working:{interface}", tmp_path / "server", apps=HERE, workers=workers,
        LEDGER=address, RUNS=str(runs), HEARD=str(heard),
    ) as served:  # fmt: skip
        url = f"http://127.0.0.1:{served.port}"
        limit = time.monotonic() + START_LIMIT_SECONDS
        while len(set(heard.read_text().split()[1::2] if heard.exists() else ())) < workers:
            assert time.monotonic() < limit, served.output
            httpx2.get(
                url, headers={"idempotency-key": "up"}, verify=PLAIN, timeout=START_LIMIT_SECONDS
            )  # whichever process accepts it
        yield House(url, seats, runs)


async def crowd(url: str, key: str, number: int) -> list[list[httpx2.Response]]:
    """Send the same so many times at once; each sender's answers, who asks again while it is told that it runs."""
    fields = {"accept": "application/json", "authorization": "Bearer a", "idempotency-key": key}
    everybody = httpx2.Limits(max_connections=None)
    async with httpx2.AsyncClient(timeout=30, limits=everybody) as client:

        async def sender() -> list[httpx2.Response]:
            got: list[httpx2.Response] = []
            while not got or got[-1].status_code == 409:
                got.append(await client.post(url, headers=fields, content=b"sku=1"))
                await asyncio.sleep(0.05)
            return got

        return await asyncio.gather(*[sender() for _ in range(number)])


async def test_identical_requests_are_one_effect_and_one_answer(house: House) -> None:
    """Whoever is held gets it at once, whoever is told 409 when they come again; whichever process has run it."""
    refusals: list[httpx2.Response] = []
    for number in CROWDS:
        held = await crowd(f"{house.url}/held", f"held-{number}", number)
        told = await crowd(f"{house.url}/told", f"told-{number + 1}", number)  # runs until one comes again

        assert sum(len(answers) == 1 for answers in held) >= min(number, 1 + house.seats)
        refusals += [answer for answers in told for answer in answers[:-1]]
        for answers in (held, told):
            last = [each[-1] for each in answers]
            assert {(one.status_code, one.headers["location"], one.headers["set-cookie"]) for one in last} == {
                (303, last[0].headers["location"], last[0].headers["set-cookie"])
            }
            assert sum("idempotency-replayed" not in one.headers for one in last) == 1

    assert all(answer.headers["retry-after"] for answer in refusals)
    assert {answer.json()["type"] for answer in refusals} == {"urn:seeother:problem:in-progress"}
    runs = house.runs.read_text().split()
    assert sorted(runs) == sorted([f"held-{number}" for number in CROWDS] + [f"told-{number + 1}" for number in CROWDS])
