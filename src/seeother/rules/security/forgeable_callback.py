# SPDX-License-Identifier: Apache-2.0
"""A payment provider's message is believed though anybody could have sent it, or sent it again.

## What it sees

Only the active audit sees it, on routes that are declared `callback` and where the site allows it: it sends a message
without a signature, with a wrong one, and a recorded one a second time, and looks whether it is taken for a payment.

## Why it hurts

The address of a callback is no secret: it stands in the provider's page, in logs and in manuals.
Whoever knows it says "paid" for any order.
A message that counts each time it comes tops up the same credit twice.

## What to do

Check the signature over the content as it came, byte for byte, before reading it, with the provider's library.
Refuse what is older than some minutes.
Remember the message's own id, and answer `2xx` to one that is known without doing it again (IDM006).
Do not take the amount from the message where it can be asked for at the provider.

## Example

    POST /webhooks/pay                      no Webhook-Signature
    {"order": 7, "status": "paid"}

    HTTP/1.1 200 OK                         should be 401, and the order unpaid

## Sources

Standard Webhooks, sections on signatures and on replays; the providers' own contracts.
RFC 9421 (HTTP message signatures), section 7.2.2, on replays.
"""

from seeother.journey import Severity

from ..rule import Repair, Rule, Visibility

RULE = Rule(
    code="SEC004",
    name="forgeable-callback",
    severity=Severity.ERROR,
    source="Standard Webhooks",
    visibility=(Visibility.PROBE,),
    repair=Repair.NONE,
    cure="Check the signature over the content as it came, and remember the ids of messages.",
    text=__doc__ or "",
)
