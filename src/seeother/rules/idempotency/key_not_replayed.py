# SPDX-License-Identifier: Apache-2.0
"""A key that was used is not answered with the first answer: the action runs again, or is refused.

## What it sees

Only the active audit sees it, on steps that are declared and where the site allows it: it sends the same request with
the same key again after the first was answered, and compares status, address and content.

## Why it hurts

Whoever sends again has not got the first answer.
A second order is what the key was to prevent; a refusal (`409`, `400`) tells a person whose order stands that it has
failed.

## What to do

Keep the first answer, error or not, and give it again for as long as clients may ask.
Store it together with the effect, or the answer is lost when the process dies between the two.
The guard does so with `finished = "replay"`, which is the default.
With `finished = "conflict"` it answers `409` with the address of the result; that is for those who must be told.

## Example

    POST /orders    Idempotency-Key: "7d1f"     201, Location: /orders/7
    POST /orders    Idempotency-Key: "7d1f"     409                              should be the 201

## Sources

draft-ietf-httpapi-idempotency-key-header-07, section 2.6 (the draft has expired).
"""

from seeother.journey import Severity

from ..rule import Repair, Rule, Visibility

RULE = Rule(
    code="IDM002",
    name="key-not-replayed",
    severity=Severity.ERROR,
    source="draft idempotency-key-header 2.6",
    visibility=(Visibility.PROBE,),
    repair=Repair.OPT_IN,
    cure="Keep the first answer with the key, and give it again.",
    text=__doc__ or "",
)
