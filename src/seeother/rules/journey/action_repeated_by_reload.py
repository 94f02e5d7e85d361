# SPDX-License-Identifier: Apache-2.0
"""Reloading the result, or going back and sending the form once more, does the thing again.

## What it sees

Only the active audit sees it, on steps that are declared and where the site allows it: it sends a step's form, reloads
what comes, goes back, sends the form that is there once more, and looks whether there is a second result.

## Why it hurts

People reload when something takes long, and go back to see whether it worked.
Back shows the form as it was, with the token it had; a form page with `no-store` is fetched again and has a new one.
A page that answered a `POST` is posted again by a reload.

## What to do

Answer `303 See Other`: it cures the reload.
Put a one-time key into the form and let the second use of it lead to the first one's result: it cures Back.
The two belong together; the guard's `idempotency = "required"` does the second.
Leave a form's page storable unless it shows what must not be kept, so that Back brings the old key.

## Example

    POST /orders    idempotency_key=7d1f     303, Location: /orders/7
    Back, and the button again
    POST /orders    idempotency_key=7d1f     303, Location: /orders/7      no second order

## Sources

RFC 9110, sections 9.2.2 and 15.4.4.
Chromium 156, measured: a reload after `303` repeated only the `GET`; Back and the button sent another `POST`.
"""

from seeother.journey import Severity

from ..rule import Repair, Rule, Visibility

RULE = Rule(
    code="JNY004",
    name="action-repeated-by-reload",
    severity=Severity.ERROR,
    source="RFC 9110 9.2.2",
    visibility=(Visibility.PROBE,),
    repair=Repair.OPT_IN,
    cure="Answer 303, and let a second use of the form's one-time key lead to the first one's result.",
    text=__doc__ or "",
)
