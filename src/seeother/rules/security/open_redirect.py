# SPDX-License-Identifier: Apache-2.0
"""Whoever writes a link to the site decides where its redirect leads.

## What it sees

Only the active audit sees it: it puts a host of its own into the parameters that redirects seem to be made from
(`next`, `return`, `url` and those seen in the site's own links), in several spellings, and looks whether the
`Location` leads there.

## Why it hurts

A link that begins with the shop's name is believed.
It leads to a copy of the login or of the payment page, and whoever types there gives it to somebody else.
Where a login puts a code or a token into the address, the stranger gets that as well.

## What to do

Take a path, not an address: accept what begins with one `/` and has neither a second one nor a backslash behind it.
Where other hosts are needed, list them: in `seeother.toml` the guard refuses every host that is not listed.
Django has `url_has_allowed_host_and_scheme`; it is not called by `redirect`.

## Example

    GET /login?next=https://evil.example/login

    HTTP/1.1 302 Found
    Location: https://evil.example/login

## Sources

RFC 9700, section 4.11 (open redirection).
"""

from seeother.journey import Severity

from ..rule import Repair, Rule, Visibility

RULE = Rule(
    code="SEC001",
    name="open-redirect",
    severity=Severity.ERROR,
    source="RFC 9700 4.11",
    visibility=(Visibility.PROBE,),
    repair=Repair.DEFAULT,
    cure="Accept a path of your own site only, or a host from a list.",
    text=__doc__ or "",
)
