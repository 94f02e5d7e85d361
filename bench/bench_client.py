# SPDX-License-Identifier: Apache-2.0
"""What a transport that knows when to stop adds to a request, in CPU time, beside the one peer that looks at statuses.

Claim: per host, with timeout, status and content watched, the transport adds no more to an httpx request than a quarter
above what interlock-cb's transport adds, which looks at the head of an answer only and sets no timeout; and less than
it does where the content is in hand. The goal of 6 us is printed beside it: it is not reached.

Requests go to a transport in memory, so that no socket hides the difference: once with the content in hand, as mocks
have it, and once with content that is streamed, as real answers are. All variants take turns in each round; time is
that of the whole process.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator

import httpx
from interlock.integrations.httpx import AsyncCircuitBreakerTransport

from seeother.client import Caller
from seeother.client.httpx import AsyncBreakerTransport

ROUNDS = 21
REQUESTS = 400  # a round and variant
CLAIM = {False: 1.0, True: 1.25}  # of what the peer adds; with content in hand, and streamed
GOAL = 6.0  # us


class Streamed(httpx.AsyncByteStream):
    """Content that comes in one piece, when it is asked for."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give it."""
        yield b"ok"


class InMemory(httpx.AsyncBaseTransport):
    """Answers at once."""

    def __init__(self, *, streams: bool) -> None:
        """Have the content in hand, or give it as a stream."""
        self._streams = streams

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer 200."""
        if self._streams:
            return httpx.Response(200, headers={"content-length": "2"}, stream=Streamed(), request=request)
        return httpx.Response(200, headers={"content-length": "2"}, content=b"ok", request=request)


def variants(*, streams: bool) -> dict[str, httpx.AsyncClient]:
    """Clients under measurement, the bare one first."""
    transports: dict[str, httpx.AsyncBaseTransport] = {
        "bare": InMemory(streams=streams),
        "bare again": InMemory(streams=streams),
        "interlock-cb": AsyncCircuitBreakerTransport(InMemory(streams=streams)),
        "seeother": AsyncBreakerTransport(InMemory(streams=streams), Caller()),
    }
    return {name: httpx.AsyncClient(transport=each, trust_env=False) for name, each in transports.items()}


async def burn(client: httpx.AsyncClient) -> float:
    """CPU us of one request, over many."""
    begun = time.process_time()
    for _ in range(REQUESTS):
        await client.get("http://api.test/x")
    return (time.process_time() - begun) / REQUESTS * 1e6


async def measure(*, streams: bool) -> dict[str, float]:
    """What each variant adds to the bare client, median of the rounds, printed with the spread."""
    clients = variants(streams=streams)
    for client in clients.values():
        await burn(client)
    rounds: dict[str, list[float]] = {name: [] for name in clients}
    for turn in range(ROUNDS):
        order = list(clients)
        for name in order[turn % len(order) :] + order[: turn % len(order)]:
            rounds[name].append(await burn(clients[name]))
    added: dict[str, float] = {}
    print(f"\ncontent {'streamed' if streams else 'in hand'}: CPU us a request, {ROUNDS} rounds of {REQUESTS}")
    print(f"{'':14}{'median':>8}{'added':>8}{'quartiles of added':>22}{'ratio':>8}")
    for name, figures in rounds.items():
        more = [figure - bare for figure, bare in zip(figures, rounds["bare"], strict=True)]
        added[name] = statistics.median(more)
        low, _, high = statistics.quantiles(more, n=4)
        ratio = statistics.median([figure / bare for figure, bare in zip(figures, rounds["bare"], strict=True)])
        spread = f"{low:+.1f} to {high:+.1f}"
        print(f"{name:14}{statistics.median(figures):8.1f}{added[name]:+8.1f}{spread:>22}{ratio:8.2f}")
    return added


def main() -> int:
    """Measure, and say whether the claim holds."""
    held = True
    for streams, most in CLAIM.items():
        added = asyncio.run(measure(streams=streams))
        ours, peers = added["seeother"], added["interlock-cb"]
        held &= ours <= most * peers
        print(f"ours is {ours / peers:.2f} of interlock-cb's; claimed: {most}. Goal +{GOAL:.0f} us: {ours:+.1f}")
    print(f"\nclaim {'holds' if held else 'does not hold'}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
