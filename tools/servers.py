# SPDX-License-Identifier: Apache-2.0
"""The page of servers, from the table that tests over real sockets hold to them."""

from collections.abc import Iterable

from seeother.testing.servers import SERVERS, Server
from tools.markdown import note, table

INTRODUCTION = """# Servers

What servers make of HTTP with their defaults, as tests over real sockets see it ([attacks], [answers]).
A guard inside an application sees only what its server shows it; the proxy (`seeother guard`) reads everything itself.

[attacks]: ../../tests/contract/framing/attacks.py
[answers]: ../../tests/contract/servers/test_traits.py

## Answers

What a client gets, and what the application may use.
*cut*: the client can tell that something is missing; *error*: 500.
*dropped*: it gets the first answer, and nobody hears of the second head.
*whole*: it takes half an answer for all of it.

"""
FRAMING = """
## Requests

Names are those of attacks.
*Splits*: what another reader takes for one request is two here; a reader of that sort must not stand before it.
*Accepts*: it ought to be refused, and is read as one request.
*Shortens*: content that has not come to its end is handed over as if it had, and a guard inside cannot tell.
No other attack comes through.
Through the proxy none comes, save that such a server shortens what streams to it; of a route with idempotency the proxy
has all the content before a server hears of it.

"""


def names(values: Iterable[str]) -> str:
    """Names in a row, in their order."""
    return ", ".join(sorted(values)) or "none"


def offers(server: Server) -> str:
    """What an application may use, by version of HTTP."""
    told = [f"HTTP/1.1: {names(server.offers)}"] if server.offers else []
    told += [f"HTTP/2: {names(server.offers_http2)}"] if server.offers_http2 else []
    return "; ".join(told) or "nothing"


def servers_page() -> str:
    """Both tables."""
    answers = [
        [f"{each.name} {each.version}", "yes" if each.http2 else "no", each.second_head, each.late_head, each.broken,
         "yes" if each.tells_departure else "no", offers(each)]
        for each in SERVERS
    ]  # fmt: skip
    requests = [[each.name, names(each.splits), names(each.accepts), names(each.shortens)] for each in SERVERS]
    heads = ["server", "HTTP/2", "second head", "after content began", "broken off", "tells departure", "offers"]
    return (
        note("src/seeother/testing/servers.py")
        + INTRODUCTION
        + table(heads, answers)
        + FRAMING
        + table(["server", "splits", "accepts", "shortens"], requests)
    )
