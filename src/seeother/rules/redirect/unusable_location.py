# SPDX-License-Identifier: Apache-2.0
"""The Location is repeated, cannot be read, or has a scheme to which no browser goes.

## What it sees

In a `301`, `302`, `303`, `307` or `308`:

- Several `Location` fields with different values: an error. With the same value it is a warning.
- A `Location` that names a host or a port that cannot be.
- A `Location` with a scheme that browsers refuse in a redirect, such as `javascript:` or `data:`.

Schemes of applications, such as `mailto:` or one's own, are let pass: they are how a browser hands over to an app.
Control characters inside are told by another rule.

## Why it hurts

A browser shows an error page of its own, and nothing on it leads back to the shop.
With several different fields it assumes an attack, because that is what a split response looks like.

## What to do

Look for two places that set the field: one in the application, another in a middleware or a proxy.
Build a target from parts that you know, not from what a client has sent, and test it with a host in brackets, a port
and a path that is not ASCII.
The guard keeps one of several equal fields; the rest it only reports.

## Example

    POST /orders HTTP/1.1                          Chromium: ERR_RESPONSE_HEADERS_MULTIPLE_LOCATION

    HTTP/1.1 303 See Other
    Location: /orders/7
    Location: /de/orders/7

## Sources

RFC 9110, sections 5.3 (a field that is no list stands once) and 10.2.2 (Location).
Fetch standard, HTTP-redirect fetch: a target that cannot be parsed, or with another scheme, is a network error.
Chromium 156, measured: several different fields, a port of five nines, and `javascript:`, `data:`, `blob:`, `ws:` and
`about:` end in an error or go nowhere; several equal fields are followed.
"""

from seeother.journey import Declaration, Severity
from seeother.message import REDIRECTS, Exchange, ReferenceKind, every, kind_of

from ..excerpt import asked, excerpt
from ..plain_redirect import is_plain_redirect
from ..rule import METHODS, OnExchange, Repair, Rule, Sighting, Visibility

_DEAD_SCHEMES = frozenset(
    {"about", "blob", "data", "file", "filesystem", "ftp", "javascript", "vbscript", "view-source", "ws", "wss"}
)


def _see(exchange: Exchange, _declaration: Declaration) -> Sighting | None:
    locations = every(exchange.response.fields, b"location")
    if len(locations) > 1:
        return _repeated(exchange, locations)
    kind = kind_of(locations[0])
    if kind is not ReferenceKind.OTHER and kind is not ReferenceKind.BROKEN:
        return None
    start = f"`{asked(exchange.request)}` was answered with"
    evidence = {"location": excerpt(locations[0])}
    if kind is ReferenceKind.OTHER:
        scheme = locations[0].partition(b":")[0].strip().decode("latin-1").lower()
        if scheme in _DEAD_SCHEMES:
            return Sighting(f"{start} a Location of the scheme `{scheme}`, to which no browser goes.", evidence)
    elif not _has_controls(locations[0]):
        return Sighting(f"{start} the Location `{evidence['location']}`, which names no host that can be.", evidence)
    return None


def _repeated(exchange: Exchange, locations: list[bytes]) -> Sighting:
    start = f"`{asked(exchange.request)}` was answered with {len(locations)}"
    evidence = {"location": excerpt(locations[0])}
    other = next((value for value in locations if value != locations[0]), None)
    if other is not None:
        message = f"{start} Location fields that differ, which browsers take for an attack."
        return Sighting(message, evidence | {"other-location": excerpt(other)})
    return Sighting(f"{start} equal Location fields, which not every client forgives.", evidence, Severity.WARNING)


def _has_controls(location: bytes) -> bool:
    return any(octet < 0x20 or octet == 0x7F for octet in location)  # noqa: PLR2004 - ASCII


RULE = Rule(
    code="RED005",
    name="unusable-location",
    severity=Severity.ERROR,
    source="RFC 9110 10.2.2, 5.3",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.DEFAULT,
    cure="Send one Location that leads to an http or https address.",
    text=__doc__ or "",
    checks=(
        OnExchange(
            _see, methods=METHODS, statuses=REDIRECTS, fields=frozenset({b"location"}), unless=is_plain_redirect
        ),
    ),
)
