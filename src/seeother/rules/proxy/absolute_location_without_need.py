# SPDX-License-Identifier: Apache-2.0
"""A redirect within the site names scheme and host, which it need not know.

## What it sees

A redirect whose absolute `Location` is of the request's own origin.
It is advice: such a redirect works as long as the application knows its public address rightly.

## Why it hurts

It works until a proxy is put before the site, another name is given to it, or https is added: then the redirect leads
to where the site was, and mostly nobody tests that.
It also makes the site repeat whatever host a request has named.

## What to do

Redirect to the path: `Location: /orders/7`.
RFC 9110 allows that for all, and since RFC 7231 of 2014 so did its forerunner; only RFC 2616 wanted a URL.
Every browser resolves it against the target of the request.
The guard makes it relative by itself.

## Example

    POST /orders HTTP/1.1
    Host: shop.example

    HTTP/1.1 303 See Other                         better: Location: /orders/7
    Location: https://shop.example/orders/7

## Sources

RFC 9110, section 10.2.2.
pallets/werkzeug issue 2352: why relative became its default.
"""

from seeother.journey import Declaration, Severity
from seeother.message import REDIRECTS, Exchange, ReferenceKind, first, is_same_origin, kind_of

from ..excerpt import asked, excerpt
from ..plain_redirect import is_plain_redirect
from ..rule import METHODS, OnExchange, Repair, Rule, Sighting, Visibility
from .unfit_location import unfit


def _see(exchange: Exchange, declaration: Declaration) -> Sighting | None:
    request, (status, fields) = exchange.request, exchange.response
    location = first(fields, b"location") or b""
    if kind_of(location) is not ReferenceKind.ABSOLUTE or not is_same_origin(request, location):
        return None
    if unfit(request, location, declaration) is not None:  # then it is worse (PRX003)
        return None
    return Sighting(
        f"The `{status}` to `{asked(request)}` names scheme and host of the site itself.",
        {"location": excerpt(location)},
    )


RULE = Rule(
    code="PRX004",
    name="absolute-location-without-need",
    severity=Severity.ADVICE,
    source="RFC 9110 10.2.2",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.DEFAULT,
    cure="Redirect to the path alone.",
    text=__doc__ or "",
    checks=(
        OnExchange(
            _see, methods=METHODS, statuses=REDIRECTS, fields=frozenset({b"location"}), unless=is_plain_redirect
        ),
    ),
)
