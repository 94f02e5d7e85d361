# SPDX-License-Identifier: Apache-2.0
"""An ingest key opens the door for telemetry, and no other."""

import pytest
from httpx2 import AsyncClient

from seeother.settings import WatchSettings
from seeother.watch.app import Watch
from seeother.watch.receive.keys import Keys
from seeother.watch.warehouse import Encoding, Store
from tests.seeother.watch.otlp import span, traces
from tests.seeother.watch.serving import serving


@pytest.mark.parametrize("shown", ["Bearer one", "bearer  two ", "BEARER one"])
def test_each_key_opens(shown: str) -> None:
    """So that one can be replaced while the other is in use."""
    assert Keys(["one", "two"]).open(((b"authorization", shown.encode()),))


@pytest.mark.parametrize("shown", ["", "one", "Bearer", "Bearer ", "Bearer three", "Basic one", "Bearer one two"])
def test_nothing_else_does(shown: str) -> None:
    """Also not a key in another scheme."""
    assert not Keys(["one", "two"]).open(((b"authorization", shown.encode()),) if shown else ())


def test_without_keys_everyone_may_send() -> None:
    """On one's own machine."""
    assert Keys().open(())


async def test_who_may_send_may_not_read(store: Store) -> None:
    """The key is in the hands of every server; the token opens both doors."""
    content = traces(span()).SerializeToString()
    settings = WatchSettings(token="the-token", ingest_keys=("the-key",))
    async with serving(Watch(store, [], settings=settings), lifespan="on") as url, AsyncClient(base_url=url) as client:
        sent, read = {}, {}
        for shown in ("the-key", "the-token", "another"):
            fields = {"authorization": f"Bearer {shown}", "content-type": Encoding.PROTOBUF.value}
            sent[shown] = (await client.post("/v1/traces", content=content, headers=fields)).status_code
            read[shown] = (await client.get("/readyz", headers=fields)).status_code
        refused = await client.post("/v1/traces", content=content, headers={"content-type": "application/json"})

    assert sent == {"the-key": 200, "the-token": 200, "another": 401}
    assert read == {"the-key": 401, "the-token": 200, "another": 401}
    assert refused.headers["www-authenticate"] == 'Bearer realm="watch"'
    assert refused.json()["code"] == 16
