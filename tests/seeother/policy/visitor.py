# SPDX-License-Identifier: Apache-2.0
"""People on their way through a small shop: their requests, and what they bring back."""

from datetime import timedelta

from seeother.journey import Identity, Journey, RouteKind, Seal, Step
from seeother.message import Field, Pattern, Request, cookie, every, lookup, sharing
from seeother.policy import JOURNEY_FIELD, RETURN_PARAMETER, Reception, RoutePolicy, Visit


def step(name: str, on: str, *, optional: bool = False) -> Step:
    """A step with one exchange."""
    return Step(name, (Pattern.parse(on),), optional=optional)


CHECKOUT = Journey(
    "checkout",
    (
        step("product", "GET /products/{slug}", optional=True),
        step("cart", "POST /cart/items"),
        step("submit_order", "POST /orders"),
        step("payment_return", "POST /payments/return"),
        step("confirmation", "GET /orders/{id}"),
    ),
    abandoned_after=timedelta(minutes=20),
)
RETURN = RoutePolicy(Pattern.parse("POST /payments/return"), kind=RouteKind.RETURN)
ACTION = RoutePolicy(Pattern.parse("POST /orders"))
SEAL = Seal(("0123456789abcdef",))
NOW = 1_800_000_000.0
RECEPTION = Reception([CHECKOUT], SEAL)
COOKIE_ID, TOKEN_ID, BAGGAGE_ID = "c" * 32, "d" * 32, "b" * 32


def request(exchange: str, *fields: Field, query: bytes = b"", scheme: str = "http") -> Request:
    """The request that `POST /orders` says, with these field lines."""
    method, path = exchange.split(" ")
    return Request(method, path, query, scheme, b"shop.example", fields, "127.0.0.1")


def sealed(journey_id: str = COOKIE_ID, *, ended: bool = False, name: bytes = b"journey") -> Field:
    """The field line that a browser with a journey's cookie sends."""
    return (b"cookie", b"theme=dark; " + name + b"=" + SEAL.to_cookie(Identity(journey_id, ended=ended)))


def token(at: float = NOW) -> bytes:
    """The query of a return URL."""
    return f"order=7&{RETURN_PARAMETER}={SEAL.to_return_token(TOKEN_ID, at)}&x=1".encode()


def welcome(
    request: Request,
    route: RoutePolicy | None = None,
    *,
    carried: tuple[str, str | None] | None = None,
    may_mint: bool = True,
    reception: Reception = RECEPTION,
) -> Visit:
    """The visit of a request, now."""
    at = reception.find(request.method, request.path)
    get = lookup(request.fields)
    line = get(b"cookie")
    known = None if line is None or get(JOURNEY_FIELD) else reception.recognised(line, at, request.scheme)
    return known or reception.welcome(request, route, at=at, carried=carried, now=NOW, may_mint=may_mint)


def farewell(visit: Visit, status: int = 200, *fields: Field, reception: Reception = RECEPTION) -> tuple[Field, ...]:
    """What is added to an answer."""
    return reception.farewell(visit, status, sharing(fields), may_set_cookie=True)


def id_of(visit: Visit) -> str | None:
    """The journey's id, if there is one."""
    return None if visit.identity is None else visit.identity.journey_id


def returned(answer: tuple[Field, ...]) -> Identity | None:
    """The identity that a browser brings back after this answer."""
    (line,) = every(answer, b"set-cookie")
    value = cookie([(b"cookie", line.split(b";")[0])], b"journey")
    return None if value is None else SEAL.from_cookie(value)


def attributes(line: bytes) -> set[bytes]:
    """The attributes of a Set-Cookie line."""
    return {part.strip() for part in line.split(b";")[1:]}
