# SPDX-License-Identifier: Apache-2.0
"""Whoever writes a link to the site decides where its redirect leads.

## What it sees

- A redirect to a host that is neither the site's own nor on the list of hosts, where the operator has given one.
- The active audit puts a host of its own into the parameters that redirects seem to be made from
  (`next`, `return`, `url` and those seen in the site's own links), in several spellings, and looks whether the
  `Location` leads there.

## Why it hurts

A link that begins with the shop's name is believed.
It leads to a copy of the login or of the payment page, and whoever types there gives it to somebody else.
Where a login puts a code or a token into the address, the stranger gets that as well.

## What to do

Take a path, not an address: accept what begins with one `/` and has neither a second one nor a backslash behind it.
Where other hosts are needed, list them: with `redirect_hosts` in `seeother.toml` the guard refuses every host that is
not listed.
Django has `url_has_allowed_host_and_scheme`; it is not called by `redirect`.

## Example

    GET /login?next=https://evil.example/login

    HTTP/1.1 302 Found
    Location: https://evil.example/login

## Sources

RFC 9700, section 4.11 (open redirection).
"""

from seeother.journey import Declaration, Severity
from seeother.message import REDIRECTS, Exchange, Origin, every, origin_of, resolve

from ..excerpt import asked, excerpt
from ..listed_host import is_listed
from ..rule import OnExchange, Repair, Rule, Sighting, Visibility


def _has_list(declaration: Declaration) -> bool:
    return bool(declaration.target_hosts)


def _see(exchange: Exchange, declaration: Declaration) -> Sighting | None:
    request, (status, fields) = exchange.request, exchange.response
    own = {origin.host for origin in (origin_of(request), declaration.site) if origin is not None}
    for location in every(fields, b"location"):
        target = resolve(request, location)
        if target is None or _is_allowed(target.origin, own, declaration.target_hosts):
            continue
        shown = excerpt(str(target.origin))
        return Sighting(
            f"The `{status}` to `{asked(request)}` leads to `{shown}`, which is not on the list.",
            {"location-origin": shown},
        )
    return None


def _is_allowed(origin: Origin, own: set[str], listed: frozenset[str]) -> bool:
    return not origin.host or origin.host in own or is_listed(origin, listed)


RULE = Rule(
    code="SEC001",
    name="open-redirect",
    severity=Severity.ERROR,
    source="RFC 9700 4.11",
    visibility=(Visibility.EXCHANGE, Visibility.PROBE),
    repair=Repair.DEFAULT,
    cure="Accept a path of your own site only, or a host from a list.",
    text=__doc__ or "",
    checks=(OnExchange(_see, statuses=REDIRECTS, fields=frozenset({b"location"}), where=_has_list),),
)
