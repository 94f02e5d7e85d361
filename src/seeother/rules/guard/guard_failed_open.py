# SPDX-License-Identifier: Apache-2.0
"""The guard itself failed, and let an exchange pass as if there were none.

## What it sees

In the running process: an error inside the guard, while it received a request, chose what an exchange needs, did it,
judged an answer or recorded it.
Once an application was asked, an error of the guard's own stays the exchange's.
On a route declared `action` it is an error, because what protects the action may have been missing; else a warning.

## Why it hurts

The shop went on, which is what the guard promises.
But this exchange may have had no ledger, no repair and no journey, and an action may be done twice without anybody
noticing.

## What to do

Look for the logger `seeother.guard`, which has the traceback, and report it: this is a fault of SeeOther, whatever was
sent.
Until it is mended, `mode = "observe"` lets the guard look on only.

## Example

    ERROR seeother.guard  the guard could not judge an answer and lets it pass as it is

## Sources

SeeOther: an error of the guard's own lets the exchange pass, with a finding.
"""

from seeother.journey import Incident, IncidentKind, RouteKind, Severity

from ..excerpt import asked, told
from ..rule import OnIncident, Repair, Rule, Sighting, Visibility


def _see(incident: Incident) -> Sighting | None:
    what = f"`{asked(incident.request)}`" if incident.request is not None else "An exchange"
    return Sighting(
        f"{what} passed without all of the guard, which had failed.",
        told(incident.detail),
        Severity.ERROR if incident.declaration.kind is RouteKind.ACTION else None,
    )


RULE = Rule(
    code="GRD001",
    name="guard-failed-open",
    severity=Severity.WARNING,
    source="SeeOther, failing open",
    visibility=(Visibility.IN_PROCESS,),
    repair=Repair.NONE,
    cure="Report the traceback that the logger seeother.guard has written.",
    text=__doc__ or "",
    checks=(OnIncident(_see, kinds=frozenset({IncidentKind.GUARD_FAILED})),),
)
