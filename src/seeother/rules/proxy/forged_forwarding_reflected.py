# SPDX-License-Identifier: Apache-2.0
"""The site believes anybody who says for which host, over which scheme or from whom a request came.

## What it sees

A request with a made-up `Forwarded`, `X-Forwarded-Host` or `X-Forwarded-Proto`, sent by somebody who is no proxy of
the site, changes the `Location` of an answer.
It takes an active probe to see that.

## Why it hurts

These fields are a proxy's words about a request, and anybody can write them.
Believed, they do what a forged `Host` does, and get past the lists of hosts that are compared with `Host` only.
An `X-Forwarded-Proto: http` makes a site with https redirect to http, or to itself without end.

## What to do

Believe these fields only when the peer is one of your own proxies, and let the outermost proxy overwrite what comes
from outside.
Name the proxies in `trusted_proxies`: from then on the guard takes these fields away from all other peers, and reads
them hop by hop from your own.

## Example

    GET /account HTTP/1.1
    Host: shop.example
    X-Forwarded-Host: evil.example

    HTTP/1.1 302 Found
    Location: https://evil.example/login

## Sources

RFC 7239, section 8 (security considerations).
RFC 9700, section 4.13 (TLS terminating reverse proxies).
"""

from seeother.journey import Severity

from ..rule import Repair, Rule, Visibility

RULE = Rule(
    code="PRX002",
    name="forged-forwarding-reflected",
    severity=Severity.ERROR,
    source="RFC 7239 8, RFC 9700 4.13",
    visibility=(Visibility.PROBE,),
    repair=Repair.DEFAULT,
    cure="Believe forwarded fields from your own proxies only.",
    text=__doc__ or "",
)
