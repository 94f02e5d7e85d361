# SPDX-License-Identifier: Apache-2.0
"""The site sends people to whatever host a request has named.

## What it sees

A request with a made-up `Host` is answered with a `Location`, or with links, that name the made-up host.
It takes an active probe to see that.

## Why it hurts

Whoever can put a link or an e-mail before somebody (a password reset is the classic) makes the site write the link to
the attacker's host, with the token in it.
A cache that stores such an answer leads everybody there.

## What to do

Name the site's hosts to the framework: `ALLOWED_HOSTS` in Django, `TrustedHostMiddleware` in Starlette and FastAPI,
`TRUSTED_HOSTS` in Flask, `AllowedHostsConfig` in Litestar; or let the proxy refuse other hosts.
Make redirects relative, and absolute links from a configured address.
The guard makes a `Location` relative that names the request's own host, so that a forged one leads nowhere; what
stands in pages and e-mails it does not change.

## Example

    GET /account HTTP/1.1
    Host: evil.example

    HTTP/1.1 302 Found
    Location: https://evil.example/login?next=/account

## Sources

RFC 9110, sections 7.2 (Host) and 17.1 (establishing authority).
"""

from seeother.journey import Severity

from ..rule import Repair, Rule, Visibility

RULE = Rule(
    code="PRX001",
    name="forged-host-reflected",
    severity=Severity.ERROR,
    source="RFC 9110 7.2, 17.1",
    visibility=(Visibility.PROBE,),
    repair=Repair.DEFAULT,
    cure="Accept the site's own hosts only, and make redirects relative.",
    text=__doc__ or "",
)
