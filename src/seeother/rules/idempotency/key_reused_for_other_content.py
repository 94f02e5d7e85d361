# SPDX-License-Identifier: Apache-2.0
"""A key that was used comes with another content, and nobody says so.

## What it sees

Only the active audit sees it, on steps that are declared and where the site allows it: it sends another content under
a key that was used, and expects `422`.

## Why it hurts

The client believes that its new order was taken, and has been given the answer to the old one.
Or both were carried out, and the key means nothing.

## What to do

Keep a digest of the first content with the key, and answer `422` with problem details where it differs.
Leave out of the digest what changes by itself, such as a token against forgery.
The guard does so on every route that has keys.

## Example

    POST /orders    Idempotency-Key: "7d1f"    {"sku": 7}      201
    POST /orders    Idempotency-Key: "7d1f"    {"sku": 8}      201                 should be 422

## Sources

draft-ietf-httpapi-idempotency-key-header-07, sections 2.4 and 2.7 (the draft has expired).
RFC 9110, section 15.5.21 (422).
"""

from seeother.journey import Severity

from ..rule import Repair, Rule, Visibility

RULE = Rule(
    code="IDM003",
    name="key-reused-for-other-content",
    severity=Severity.WARNING,
    source="draft idempotency-key-header 2.7",
    visibility=(Visibility.PROBE,),
    repair=Repair.OPT_IN,
    cure="Keep a digest of the content with the key, and answer 422 where it differs.",
    text=__doc__ or "",
)
