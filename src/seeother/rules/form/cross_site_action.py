# SPDX-License-Identifier: Apache-2.0
"""A request that may change something was sent by another site's page.

## What it sees

In the running application: a `POST`, `PUT`, `PATCH` or `DELETE` that a browser says comes from another site
(`Sec-Fetch-Site`, or `Origin` where that is missing).
It is a warning when the request was let through, and advice when the guard has refused it.
Routes declared `callback` and `return` are exempt: providers call from elsewhere by nature.
A field that any script can set, such as `X-Requested-With`, is not taken for a proof of anything.
The active audit sends such a request itself and looks whether it is answered like one's own.

## Why it hurts

The browser adds the visitor's cookies to it, so that a foreign page acts in the visitor's name.
A check that believes `X-Requested-With`, or that answers `307` and calls this safe, stops no form: the `307` even
hands the form with its token and card number to the next address.

## What to do

Declare the route `action` in `seeother.toml`; the guard then refuses such requests with `403` before anything runs.
Declare it `callback` or `return` when a provider is meant to send it, and add other origins of your own to the
trusted ones.
A finding on a route that is neither is only a report: the guard does not refuse what nobody has declared.

## Example

    POST /account/email HTTP/1.1
    Host: shop.example
    Origin: https://evil.example
    Sec-Fetch-Site: cross-site
    Cookie: sessionid=...

    HTTP/1.1 303 See Other                  it was done

## Sources

W3C Fetch Metadata Request Headers, section 2.3 (Sec-Fetch-Site); RFC 6454, section 7 (Origin).
Go 1.25, `net/http.CrossOriginProtection`, whose order of checks the guard follows.
RFC 9700, section 4.12: why a `307` is no protection.
"""

from seeother.journey import Incident, IncidentKind, Severity

from ..excerpt import asked, excerpt, told
from ..rule import OnIncident, Repair, Rule, Sighting, Visibility

_YES = frozenset({"yes", "true", "1"})


def _see(incident: Incident) -> Sighting:
    what = "A request" if incident.request is None else f"`{asked(incident.request)}`"
    reason = incident.detail.get("reason", "")
    ground = f" (`{excerpt(reason)}`)" if reason else ""
    evidence = told(incident.detail)
    if incident.detail.get("refused", "").lower() in _YES:
        return Sighting(f"{what} came from another site{ground} and was refused.", evidence, Severity.ADVICE)
    return Sighting(f"{what} came from another site{ground} and was let through.", evidence)


RULE = Rule(
    code="FRM002",
    name="cross-site-action",
    severity=Severity.WARNING,
    source="W3C Fetch Metadata 2.3",
    visibility=(Visibility.PROBE, Visibility.IN_PROCESS),
    repair=Repair.DEFAULT,
    cure="Declare the route as action, so that the guard refuses foreign requests, or as callback or return.",
    text=__doc__ or "",
    checks=(OnIncident(_see, kinds=frozenset({IncidentKind.CROSS_SITE})),),
)
