# SPDX-License-Identifier: Apache-2.0
"""A ledger's server that carries a call out and whose reply comes late, or not at all: no key is held for nobody."""

import asyncio

import pytest

from tests.contract.idempotency.site import ENTRANCES, KEY, Answer, Site
from tests.contract.ledger.conftest import LATE_SECONDS, Line, line

__all__ = ["line"]

MARK = KEY.strip('"').encode()


@pytest.fixture(params=sorted(ENTRANCES))
def entrance(request: pytest.FixtureRequest) -> str:
    """Each way in."""
    name: str = request.param
    return name


async def in_the_end(site: Site, kind: str = "") -> Answer:
    """The answer when neither the key is held nor the ledger away; a lease of a minute is not waited for."""
    async with asyncio.timeout(30):
        while (answer := await site.ask(kind)).status in {409, 503}:  # noqa: ASYNC110 - a server ends it
            await asyncio.sleep(0.05)
    return answer


@pytest.mark.parametrize("fault", ["late", "cut"])
async def test_claim_that_nobody_heard_of_holds_no_key(line: Line, entrance: str, fault: str) -> None:
    """Its request was refused and began nothing: whoever comes again is let in."""
    site = Site(ENTRANCES[entrance], line.address, {})
    await site.ask(key='"before"')
    if fault == "late":
        line.relay.hold_after(MARK, LATE_SECONDS)
    else:
        line.relay.cut_after(MARK, times=2)  # and once more when it is asked again

    refused = await site.ask()
    answer = await in_the_end(site)
    replay = await in_the_end(site)
    await site.close()

    assert not line.relay.is_waiting
    assert (refused.status, refused.problem) == (503, "ledger-unavailable")
    assert (answer.status, answer.replayed, replay.replayed) == (201, False, True)
    assert len(site.world.runs) == 2


async def test_answer_whose_record_is_confirmed_late_is_given(line: Line, entrance: str) -> None:
    """It is asked again until it is known to be written down."""
    site = Site(ENTRANCES[entrance], line.address, {})
    first = asyncio.ensure_future(site.ask("wait"))
    await site.begun()
    line.relay.hold_after(b'{"run":1}', LATE_SECONDS)
    site.world.go.set()

    answer = await first
    held = not line.relay.is_waiting
    replay = await in_the_end(site, "wait")
    await site.close()

    assert held
    assert (answer.status, answer.replayed, replay.replayed) == (201, False, True)
    assert len(site.world.runs) == 1
