# SPDX-License-Identifier: Apache-2.0
"""A guarded site on every ledger there is, by every way in."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.contract.idempotency.site import ENTRANCES, Site
from tests.contract.ledger.conftest import address

__all__ = ["address", "open_site"]

Opened = Callable[..., Awaitable[Site]]


@pytest.fixture(params=sorted(ENTRANCES))
async def open_site(request: pytest.FixtureRequest, address: str) -> AsyncIterator[Opened]:
    """Opens sites whose routes say what is given; all have one ledger and are closed at the end."""
    opened: list[Site] = []

    async def opening(**route: object) -> Site:
        opened.append(Site(ENTRANCES[request.param], address, route))
        return opened[-1]

    yield opening
    for site in opened:
        await site.close()
