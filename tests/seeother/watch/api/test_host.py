# SPDX-License-Identifier: Apache-2.0
"""Without a token, no strange name leads in."""

import pytest
from httpx2 import AsyncClient
from starlette.responses import PlainTextResponse

from seeother.watch.api import OPEN, HostGate, Names
from tests.seeother.watch.serving import serving

OURS = ("localhost:8304", "watch.localhost", "127.0.0.1:8304", "[::1]:8304", "10.0.0.7", "Watch.Internal:4318")
STRANGE = ("evil.example:8304", "127.0.0.1.evil.example", "localhost.evil.example", "x.watch.internal", "a@b", "")


@pytest.mark.parametrize(("host", "status"), [(host, 200) for host in OURS] + [(host, 421) for host in STRANGE])
async def test_only_names_that_are_ours_lead_in(host: str, status: int) -> None:
    """A page of evil.example whose name now points to this machine is, to its browser, of the same origin."""
    gate = HostGate(PlainTextResponse("in"), Names(["watch.internal"]), is_open=OPEN)
    async with serving(gate) as url, AsyncClient(headers={"host": host}) as client:
        assert (await client.get(f"{url}/api/findings")).status_code == status
        assert (await client.get(f"{url}/healthz")).status_code == 200
