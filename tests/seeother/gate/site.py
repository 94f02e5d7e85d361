# SPDX-License-Identifier: Apache-2.0
"""A small guarded site without an application: requests come in at its gate, answers are what a test says."""

from collections.abc import Generator
from contextlib import contextmanager

from seeother.gate import Gate, Passage
from seeother.journey import Finding
from seeother.message import Field, Request
from seeother.settings import read_settings
from seeother.telemetry import listen
from tests.clock import FakeClock

SECRET = "correct horse battery staple"
JOURNEY = {
    "checkout": {
        "step": [
            {"name": "cart", "on": ["POST /cart/items"], "page": ["GET /cart"]},
            {"name": "submit_order", "on": ["POST /orders"], "page": ["GET /orders/{id}/pay"]},
            {"name": "confirmation", "on": ["GET /orders/{id}"]},
        ]
    }
}
ORDER = {"match": "POST /orders", "kind": "action"}
PERSON: tuple[Field, ...] = (
    (b"host", b"shop.example"),
    (b"accept", b"text/html,application/xhtml+xml,*/*;q=0.8"),
    (b"sec-fetch-mode", b"navigate"),
    (b"sec-fetch-dest", b"document"),
    (b"sec-fetch-site", b"same-origin"),
)
MACHINE: tuple[Field, ...] = ((b"host", b"shop.example"), (b"accept", b"application/json"))


def gate(*, site: dict[str, object] | None = None, clock: FakeClock | None = None, **sections: object) -> Gate:
    """A gate with one action and one journey, or as `sections` say."""
    document = {
        "site": {"secrets": [SECRET], **(site or {})},
        "journey": JOURNEY,
        "ledger": {"url": "memory://"},
        "route": [ORDER],
    }
    return Gate(read_settings(document | sections, {}), clock=clock or FakeClock())


def request(
    exchange: str = "POST /orders", *fields: Field, by: tuple[Field, ...] = PERSON, client: str = "203.0.113.9"
) -> Request:
    """The request that `POST /orders` says, over https."""
    method, _, path = exchange.partition(" ")
    return Request(method, path, b"", "https", b"shop.example", (*by, *fields), client)


def passage(
    exchange: str = "POST /orders", *fields: Field, at: Gate | None = None, by: tuple[Field, ...] = PERSON
) -> Passage:
    """A request let in."""
    return (at or gate()).let_in(request(exchange, *fields, by=by))


def back(first: Passage, exchange: str, *fields: Field, at: Gate) -> Passage:
    """The next request of the person whose first one this was, with the cookie that it brought."""
    line = next(value for name, value in first.leaving(200, (), b"").fields if name == b"set-cookie")
    return passage(exchange, (b"cookie", line.partition(b";")[0]), *fields, at=at)


@contextmanager
def findings() -> Generator[list[Finding]]:
    """What is found meanwhile, by any guard of this process."""
    found: list[Finding] = []
    undo = listen(lambda finding, _context: found.append(finding))
    try:
        yield found
    finally:
        undo()
