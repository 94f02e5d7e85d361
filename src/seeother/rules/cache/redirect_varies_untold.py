# SPDX-License-Identifier: Apache-2.0
"""A redirect that caches may store depends on a request field that its Vary does not name.

## What it sees

Two requests that differ in one field only (`Accept-Language`, `Cookie`, `User-Agent`, `Accept`, `Origin`) are
redirected to different targets, and the answers may be stored, and their `Vary` names no such field.
It takes an active probe to see that.

## Why it hurts

A cache stores the first answer and gives it to all who ask for that address.
So somebody who reads English is led to the German shop because a German came first, and somebody on a desktop to the
mobile site.

## What to do

Name in `Vary` each request field that the redirect depends on, or send `Cache-Control: no-store`.
`Vary: User-Agent` makes a cache almost useless: send `no-store` there.

## Example

    GET / HTTP/1.1
    Accept-Language: de

    HTTP/1.1 301 Moved Permanently                 should say Vary: Accept-Language
    Location: /de/

## Sources

RFC 9110, section 12.5.5 (Vary).
RFC 9111, section 4.1 (a stored answer is chosen by the fields that Vary names).
"""

from seeother.journey import Severity

from ..rule import Repair, Rule, Visibility

RULE = Rule(
    code="CAC004",
    name="redirect-varies-untold",
    severity=Severity.WARNING,
    source="RFC 9110 12.5.5, RFC 9111 4.1",
    visibility=(Visibility.PROBE,),
    repair=Repair.NONE,
    cure="Name in Vary what the redirect depends on, or send Cache-Control: no-store.",
    text=__doc__ or "",
)
