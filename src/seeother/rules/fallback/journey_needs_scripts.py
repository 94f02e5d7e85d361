# SPDX-License-Identifier: Apache-2.0
"""The journey cannot be completed when no script runs.

## What it sees

Only the active audit sees it: it walks a declared journey with links and forms alone, scripts switched off, and tells
at which step there is no link and no form that leads to the next one.

## Why it hurts

Scripts fail more often than people switch them off: a file that a content network does not deliver, an extension, an
old browser, a syntax error in something that was added for measuring.
A button that is a `<div>` with a listener then does nothing, and no error is counted anywhere, for it would have taken
a script to send it.

## What to do

Build each step of links and forms, and let scripts make them nicer.
A form with `method`, `action` and a submit button, answered `303`, needs no script; neither does a redirect.
Put what only scripts can do where the journey does not need it.

## Example

    <div class="button" onclick="order()">Order</div>            nothing happens

    <form method="post" action="/orders"><button>Order</button></form>

## Sources

RFC 9110, section 15.4.4 (303).
Chromium 156, measured: redirects of every kind are followed with scripts off.
"""

from seeother.journey import Severity

from ..rule import Repair, Rule, Visibility

RULE = Rule(
    code="FBK001",
    name="journey-needs-scripts",
    severity=Severity.WARNING,
    source="RFC 9110 15.4.4",
    visibility=(Visibility.PROBE,),
    repair=Repair.NONE,
    cure="Build each step of links and forms that work without a script.",
    text=__doc__ or "",
)
