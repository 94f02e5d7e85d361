# SPDX-License-Identifier: Apache-2.0
"""Two requests with one key arrive together, and both are carried out.

## What it sees

Only the active audit sees it, on steps that are declared and where the site allows it: it sends the same request with
the same key several times at once.
One may run; the others are to wait for its answer or get `409`.

## Why it hurts

A double click is two requests within a quarter of a second, and a proxy that repeats does so while the first still
runs.
"Look whether the key is known, then act, then note it" lets both look before either has noted.

## What to do

Claim the key first, in one indivisible step: an `INSERT` under a unique index, or `SET NX`.
Let the second wait for the first one's answer, or answer `409` with `Retry-After`.
The guard claims before it calls the application; `in_flight` says whether a duplicate waits.

## Example

    POST /orders    Idempotency-Key: "7d1f"     201, Location: /orders/7
    POST /orders    Idempotency-Key: "7d1f"     201, Location: /orders/8         at the same time

## Sources

draft-ietf-httpapi-idempotency-key-header-07, sections 2.6 and 2.7 (the draft has expired).
RFC 9110, section 15.5.10 (409).
"""

from seeother.journey import Severity

from ..rule import Repair, Rule, Visibility

RULE = Rule(
    code="IDM004",
    name="concurrent-duplicates",
    severity=Severity.ERROR,
    source="draft idempotency-key-header 2.6",
    visibility=(Visibility.PROBE,),
    repair=Repair.OPT_IN,
    cure="Claim the key in one indivisible step before doing anything.",
    text=__doc__ or "",
)
