# SPDX-License-Identifier: Apache-2.0
"""What a load balancer asks the proxy itself: whether it lives, and whether the servers behind are well."""

import asyncio
from collections.abc import Sequence

import h11

from .forwarding import VIA_ME
from .pool import Pool
from .trouble import TroubleError

HEALTH_PATH = "/.seeother/healthz"
READY_PATH = "/.seeother/readyz"

_FIRST_FAILURE = 500
_SECONDS = 5.0  # for all of them


async def is_ready(pools: Sequence[Pool]) -> bool:
    """Whether each server behind takes a connection, and says that it is well where it is asked."""
    try:
        async with asyncio.timeout(_SECONDS):
            return all(await asyncio.gather(*[_is_well(pool) for pool in pools]))
    except TimeoutError:
        return False


async def _is_well(pool: Pool) -> bool:
    upstream = pool.upstream
    try:
        connection = await pool.connect()
    except TroubleError:
        return False
    try:
        if upstream.health is None:
            return True
        fields = [(b"host", upstream.authority), VIA_ME, (b"connection", b"close")]
        connection.send_head(b"GET", upstream.health.encode("ascii"), fields)
        connection.send_end()
        while True:
            event = await connection.event(_SECONDS)
            if isinstance(event, h11.Response):
                return event.status_code < _FIRST_FAILURE
    except TroubleError:
        return False
    finally:
        connection.close()
