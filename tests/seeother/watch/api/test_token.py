# SPDX-License-Identifier: Apache-2.0
"""With a token, nobody gets in without it."""

from base64 import b64encode
from collections.abc import AsyncGenerator

import pytest
from httpx2 import AsyncClient
from starlette.responses import PlainTextResponse

from seeother.watch.api import TokenGate
from tests.seeother.watch.serving import serving

TOKEN = "s3cret-tokén"


def basic(text: str) -> str:
    """Credentials as a browser sends them."""
    return "Basic " + b64encode(text.encode()).decode()


@pytest.fixture
async def guarded() -> AsyncGenerator[AsyncClient]:
    """Talks to something behind the gate."""
    async with serving(TokenGate(PlainTextResponse("in"), TOKEN)) as url, AsyncClient(base_url=url) as client:
        yield client


@pytest.mark.parametrize("shown", [f"Bearer {TOKEN}", f"bearer  {TOKEN}", basic(f"anyone:{TOKEN}"), basic(f":{TOKEN}")])
async def test_the_token_opens(guarded: AsyncClient, shown: str) -> None:
    """As programs show it, and as browsers do."""
    answer = await guarded.get("/api/journeys", headers=[(b"authorization", shown.encode())])

    assert answer.text == "in"


@pytest.mark.parametrize(
    "shown", ["", "Bearer", "Bearer wrong", TOKEN, basic(TOKEN), basic("x:wrong"), "Basic !", f"Digest {TOKEN}"]
)
async def test_anything_else_does_not(guarded: AsyncClient, shown: str) -> None:
    """401, a problem, and a challenge that makes a browser ask for it."""
    answer = await guarded.get("/v1/traces", headers=[(b"authorization", shown.encode())] if shown else [])

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert answer.json()["status"] == 401


async def test_only_the_sign_of_life_is_open(guarded: AsyncClient) -> None:
    """For whoever restarts what does not live."""
    assert (await guarded.get("/healthz")).text == "in"
    assert (await guarded.get("/readyz")).status_code == 401


async def test_with_a_token_any_name_may(guarded: AsyncClient) -> None:
    """Who shows it is no stranger."""
    fields = [(b"host", b"watch.example"), (b"authorization", f"Bearer {TOKEN}".encode())]

    assert (await guarded.get("/api/journeys", headers=fields)).text == "in"
