# SPDX-License-Identifier: Apache-2.0
"""A step that is opened from a bookmark, out of order or too late ends in an error or goes round in circles.

## What it sees

Only the active audit sees it: it opens the page of each declared step without a session, with a session that has not
come so far, and with one that has expired.
A `5xx`, a redirect loop and a dead end are faults; a redirect to the beginning, to the login or to the step that is
due, and a page that says what to do, are not.

## Why it hurts

Phones drop pages and load them again an hour later, people open the mail with the link on another device, and tabs
come back after a restart.
Whoever then sees "Internal Server Error" at the payment does not begin again.

## What to do

Let each step's page check what it needs, and answer `303` to the step that is due when something is missing.
Keep what was entered on the server, under an address that can be opened again.
Say that the session has expired, and offer the way back.

## Example

    GET /checkout/payment                   no cookie

    HTTP/1.1 500 Internal Server Error      should be 303 with Location: /cart

## Sources

RFC 9110, section 15.6.1 (500), and 15.4 on loops.
"""

from seeother.journey import Severity

from ..rule import Repair, Rule, Visibility

RULE = Rule(
    code="JNY005",
    name="step-broken-when-opened-cold",
    severity=Severity.WARNING,
    source="RFC 9110 15.6.1",
    visibility=(Visibility.PROBE,),
    repair=Repair.NONE,
    cure="Let each step's page check what it needs, and lead to the step that is due.",
    text=__doc__ or "",
)
