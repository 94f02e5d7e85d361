# SPDX-License-Identifier: Apache-2.0
"""What proxies say of a request cannot be relied upon.

## What it sees

- The networks of trusted proxies are so wide that everybody is in them; that is an error.
- `Forwarded` and `X-Forwarded-*` of one request, from a trusted proxy, contradict each other in client, scheme or host.

That is seen in the running process; how many hops are counted where only an active probe can show.

## Why it hurts

When everybody is a trusted proxy, everybody can say from which address, over which scheme and for which host they
come: limits for each address, lists of addresses and redirects all believe them.
When the two families differ, one of them was not written by the proxy but by the client, and passed on untouched: a
proxy that writes `X-Forwarded-For` mostly knows nothing of `Forwarded`.
Which part of the site believes which family is then a matter of chance.

## What to do

Name the proxies' own addresses in `trusted_proxies`, and not `0.0.0.0/0`.
Let the outermost proxy drop the family that it does not write: `proxy_set_header Forwarded "";` in nginx.
Until then the guard believes neither family in what they contradict each other.

## Example

    GET /account HTTP/1.1
    X-Forwarded-For: 198.51.100.7                  the proxy wrote this one
    Forwarded: for=10.0.0.1;proto=http             and the client this one

## Sources

RFC 7239, sections 7.4 (both families at once) and 8 (security considerations).
"""

from seeother.journey import Incident, IncidentKind, Severity

from ..excerpt import asked, excerpt, told
from ..rule import OnIncident, Repair, Rule, Sighting, Visibility


def _see(incident: Incident) -> Sighting | None:
    evidence = told(incident.detail)
    if incident.kind is IncidentKind.TRUST_UNBOUNDED:
        networks = excerpt(incident.detail.get("networks", ""))
        named = f"`{networks}`" if networks else "these networks"
        return Sighting(f"Everybody is trusted as a proxy: {named}.", evidence, Severity.ERROR)
    which = "a request" if incident.request is None else f"`{asked(incident.request)}`"
    return Sighting(f"`Forwarded` and `X-Forwarded-*` of {which} contradict each other.", evidence)


RULE = Rule(
    code="PRX006",
    name="proxy-trust-in-doubt",
    severity=Severity.WARNING,
    source="RFC 7239 7.4, 8",
    visibility=(Visibility.PROBE, Visibility.IN_PROCESS),
    repair=Repair.NONE,
    cure="Trust your own proxies' addresses only, and let them drop the family that they do not write.",
    text=__doc__ or "",
    checks=(OnIncident(_see, frozenset({IncidentKind.TRUST_UNBOUNDED, IncidentKind.FORWARDED_DISAGREES})),),
)
