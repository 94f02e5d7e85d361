# SPDX-License-Identifier: Apache-2.0
"""A second click before the answer comes does the thing a second time.

## What it sees

Only the active audit sees it, on steps that are declared and where the site allows it: it sends the form of a step
twice at once, as a double click does, and looks whether there are two results (two addresses, two numbers).

## Why it hurts

Two clicks a quarter of a second apart are two requests, and a browser cancels the first one without telling the
server.
`303` does not help: it comes after both.
A button that switches itself off needs a script that runs, and does nothing about a network that repeats.
So there are two orders, and two payments.

## What to do

Put a one-time key into the form, and claim it before doing anything: the second request waits for the first one's
answer and gets it too.
The guard does so with `idempotency = "required"` on the route and a field `idempotency_key` in the form.
In an application of your own: a unique index on the key, in the same transaction as the order.

## Example

    POST /orders    idempotency_key=7d1f     303, Location: /orders/7
    POST /orders    idempotency_key=7d1f     303, Location: /orders/8      should be /orders/7

## Sources

draft-ietf-httpapi-idempotency-key-header-07, section 2.6 (the draft has expired).
Chromium 156, measured: two clicks 250 ms apart sent two `POST`s.
carpentries/amy issue 2511; mozilla/fxa issue 4386.
"""

from seeother.journey import Severity

from ..rule import Repair, Rule, Visibility

RULE = Rule(
    code="JNY003",
    name="action-doubled-by-double-click",
    severity=Severity.ERROR,
    source="draft idempotency-key-header 2.6",
    visibility=(Visibility.PROBE,),
    repair=Repair.OPT_IN,
    cure="Put a one-time key into the form, and claim it before doing anything.",
    text=__doc__ or "",
)
