# SPDX-License-Identifier: Apache-2.0
r"""A Location looks like a path and leads to another host, or holds characters that no address has.

## What it sees

A redirect whose `Location` begins with two slashes or with a backslash where the second slash would be, or that has a
control character inside.
It is an error with a backslash, with a control character, and where the host stands in the request's own path or
query; else a warning.
`//` before the site's own host or one that was declared is an address without its scheme, and no fault.

## Why it hurts

To a browser `//evil.example` and `/\evil.example` are other hosts.
Code that checks whether an address "begins with a slash", or that takes a doubled slash off a path and redirects, lets
a stranger choose the host: `GET //evil.example/%2e%2e` is answered with `Location: //evil.example/`.
A browser drops tabs and line ends from an address before it reads it, so that they hide what comes next; where a
server passes line ends on, the rest becomes a field or a page of the stranger's.

## What to do

Collapse leading slashes and turn backslashes down before a path becomes a `Location`.
Write the scheme where another host is meant.
The guard refuses such redirects, or leads to the path on the site's own host.

## Example

    GET /%5Cevil.example/                   a rule that takes the last slash off

    HTTP/1.1 301 Moved Permanently
    Location: /\evil.example

## Sources

RFC 3986, section 4.2 (network-path reference); URL standard, relative slash state (a backslash is a slash).
RFC 9700, section 4.11; RFC 9110, section 5.5 (no CR, LF and NUL in a field).
Chromium 156, measured: both spellings leave the site.
labstack/echo issue 1771.
"""

import re

from seeother.journey import Declaration, Severity
from seeother.message import REDIRECTS, Exchange, ReferenceKind, Request, kind_of, origin_of, resolve

from ..excerpt import asked, excerpt
from ..plain_redirect import is_plain_redirect
from ..rule import OnExchange, Repair, Rule, Sighting, Visibility

_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_HONEST = re.compile(rb"(?:https?://|/(?![/\\]))[!-~]*\Z", re.IGNORECASE)  # almost every Location, for speed
_AROUND = b" \t"  # which belong to the field, not to its value


def _see(exchange: Exchange, declaration: Declaration) -> Sighting | None:
    for name, value in exchange.response.fields:
        if name == b"location" and not _HONEST.match(value):
            sighting = _see_location(exchange.request, value.strip(_AROUND), declaration)
            if sighting is not None:
                return sighting
    return None


def _see_location(request: Request, location: bytes, declaration: Declaration) -> Sighting | None:
    if _CONTROL.search(location):
        shown = excerpt(location)
        return Sighting(
            f"The Location `{shown}` of `{asked(request)}` has a control character inside.",
            {"location": shown},
            Severity.ERROR,
        )
    return _of_network(request, location, declaration) if kind_of(location) is ReferenceKind.NETWORK else None


def _of_network(request: Request, location: bytes, declaration: Declaration) -> Sighting | None:
    """What to say about a reference to a host without a scheme."""
    target = resolve(request, location)
    if target is None:
        return None
    host, shown = target.origin.host, excerpt(location)
    severity = Severity.ERROR if b"\\" in location.partition(host.encode("latin-1", "replace"))[0] else None
    if severity is None and host in _own_hosts(request, declaration):
        return None
    # Never a path of one's own: somebody else chose the host, or could.
    if host and (host in request.path.lower() or host.encode("latin-1", "replace") in request.query.lower()):
        severity = Severity.ERROR
    return Sighting(
        f"The Location `{shown}` of `{asked(request)}` looks like a path and leads to `{excerpt(host)}`.",
        {"location": shown, "host": excerpt(host)},
        severity,
    )


def _own_hosts(request: Request, declaration: Declaration) -> set[str]:
    own = {origin.host for origin in (origin_of(request), declaration.site) if origin is not None}
    return own | declaration.target_hosts


RULE = Rule(
    code="SEC002",
    name="disguised-location",
    severity=Severity.WARNING,
    source="RFC 3986 4.2",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.DEFAULT,
    cure="Collapse leading slashes and refuse backslashes and control characters in a Location.",
    text=__doc__ or "",
    checks=(OnExchange(_see, statuses=REDIRECTS, fields=frozenset({b"location"}), unless=is_plain_redirect),),
)
