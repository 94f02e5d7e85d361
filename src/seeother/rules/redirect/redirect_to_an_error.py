# SPDX-License-Identifier: Apache-2.0
"""A redirect led to a page that does not exist, does not take the request, or fails.

## What it sees

A redirect that the same client followed within a minute, to a target that answered `404`, `405`, `410` or a `5xx`.
After an action, and with `405`, it is an error; else a warning.
`503` is not counted, for an overloaded server may tell the truth.
Nor is a move of a `GET` to the same path with another slash, scheme, host or language: the address was wrong before.

## Why it hurts

The step is done, the order stands, and the person sees that something is not found or has failed.
They take it for a failure of the order, and order again.
`405` mostly means that a `307` or `308` repeated a form at a page that takes only `GET`.

## What to do

Look at the redirect, which the finding names, and at the target, which the evidence names.
Make the target from a route's name instead of text, so that a renamed page cannot be forgotten.
After `405`: answer `303` instead of `307` or `308`.

## Example

    POST /orders HTTP/1.1                          HTTP/1.1 303 See Other
                                                   Location: /order/7/thanks

    GET /order/7/thanks HTTP/1.1                   HTTP/1.1 404 Not Found

## Sources

RFC 9110, sections 15.4.4 (303), 15.5.5 (404), 15.5.6 (405) and 15.6 (5xx).
"""

from collections.abc import Iterator

from seeother.journey import Severity, Trail
from seeother.message import Exchange, every

from ..chain import chains
from ..excerpt import asked, excerpt
from ..routing_move import is_routing_move
from ..rule import OnTrail, Repair, Rule, Sighting, Visibility
from .prefix_move import is_prefix_move

_NOT_ALLOWED = 405
_ERRORS = frozenset({404, _NOT_ALLOWED, 410, *range(500, 600)}) - {503}


def _see(trail: Trail) -> Iterator[Sighting]:
    for chain in chains(trail):
        index, redirect, target = chain[-2], trail.exchanges[chain[-2]], trail.exchanges[chain[-1]]
        status = target.response.status
        if status in _ERRORS and not _is_a_corrected_address(redirect):
            yield Sighting(
                f"`{asked(redirect.request)}` was sent on to `{excerpt(target.request.path)}`, "
                f"which answered `{status}`.",
                {"target": excerpt(target.request.url), "target-status": str(status)},
                Severity.ERROR if status == _NOT_ALLOWED or not redirect.request.is_safe else None,
                exchange=index + 1,
            )


def _is_a_corrected_address(redirect: Exchange) -> bool:
    request = redirect.request
    location = next((value for value in every(redirect.response.fields, b"location") if value.strip()), b"")
    return request.is_safe and (is_routing_move(request, location) or is_prefix_move(request, location))


RULE = Rule(
    code="RED008",
    name="redirect-to-an-error",
    severity=Severity.WARNING,
    source="RFC 9110 15.4.4",
    visibility=(Visibility.SEQUENCE,),
    repair=Repair.NONE,
    cure="Let the redirect lead to a page that is there and takes a GET.",
    text=__doc__ or "",
    checks=(OnTrail(_see),),
)
