# SPDX-License-Identifier: Apache-2.0
"""A route answered with a status that its contract does not name.

## What it sees

An answer of a route for which statuses are declared, with another one.
Never undeclared is what does not come from the route's own code:

- `206` and `304` where `200` is declared, being other forms of it;
- what is answered in front of any route: `401`, `403`, `404`, `405`, `406`, `407`, `408`, `411`, `413`, `414`, `415`,
  `416`, `417`, `421`, `426`, `429` and `431`;
- `5xx`: a crash is told as such and would only be told twice.

## Why it hurts

Clients are written by the contract: what it does not name, they treat as a fault of their own or not at all.
A new status mostly came in by accident, through a library or a helper with a default that nobody looked at.

## What to do

Declare the status if it is meant, and tell the clients.
If not, map it to one that is declared.

## Example

    [[route]]
    match = "POST /orders"
    success = [303]
    errors = [409, 422]

    POST /orders HTTP/1.1

    HTTP/1.1 400 Bad Request

## Sources

RFC 9110, section 15: a client that does not know a status takes it for the first of its class.
"""

from seeother.journey import Declaration, Severity
from seeother.message import Exchange

from ..excerpt import asked, excerpt
from ..rule import OnExchange, Repair, Rule, Sighting, Visibility

_IN_FRONT = frozenset({401, 403, 404, 405, 406, 407, 408, 411, 413, 414, 415, 416, 417, 421, 426, 429, 431})
_FORMS_OF_OK = frozenset({206, 304})
_OK = 200
_JUDGED = frozenset(range(200, 500)) - _IN_FRONT


def _has_contract(declaration: Declaration) -> bool:
    return declaration.statuses is not None


def _see(exchange: Exchange, declaration: Declaration) -> Sighting | None:
    status, declared = exchange.response.status, declaration.statuses
    if declared is None or status in declared or (status in _FORMS_OF_OK and _OK in declared):
        return None
    return Sighting(
        f"`{asked(exchange.request)}` was answered `{status}`, which its route does not declare.",
        {"declared": excerpt(_ranges(declared & _JUDGED))},
    )


def _ranges(statuses: frozenset[int]) -> str:
    """The statuses in order, those in a row as first and last."""
    rows: list[list[int]] = []
    for status in sorted(statuses):
        if rows and status == rows[-1][-1] + 1:
            rows[-1].append(status)
        else:
            rows.append([status])
    return " ".join([str(row[0]) if len(row) == 1 else f"{row[0]}-{row[-1]}" for row in rows])


RULE = Rule(
    code="ERR007",
    name="undeclared-status",
    severity=Severity.WARNING,
    source="RFC 9110 15",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.NONE,
    cure="Declare the status, or map it to one that is declared.",
    text=__doc__ or "",
    checks=(OnExchange(_see, statuses=_JUDGED, where=_has_contract),),
)
