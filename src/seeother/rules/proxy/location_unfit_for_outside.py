# SPDX-License-Identifier: Apache-2.0
"""A Location shows the inside of the site: plain http, an internal host, or the port of an application server.

## What it sees

A redirect, a `201` or a `202` of a public site whose absolute `Location`

- names a host that nobody outside gets to: `localhost`, a private address, a name without a dot, or one that ends in
  `.internal`, `.local` and the like; that is an error;
- names the site's own host with `http` although the site is on `https`; or
- names the site's own host with the port of an application server, such as 8000.

Where the site's public address is configured, it counts; else the target of the request.
A site that is itself at such an address is being developed, and an app on the person's own machine that waits for an
answer to a login is meant to be at `localhost`.

## Why it hurts

The application takes its scheme and host from the connection that it sees, which is the one from its proxy.
At an internal host the journey ends with an error page of the browser.
With `http`, a form's redirect goes over an open line, and the way back to `https` is one more redirect, at which a
`POST` may become a `GET`; where nobody listens at port 80, it ends, too.

## What to do

Redirect to paths instead of URLs.
Where a framework makes URLs by itself, as Starlette does when it adds a slash, let the proxy send `X-Forwarded-Proto`
and `Forwarded`, and let the application's server believe that proxy: `--proxy-headers` and `--forwarded-allow-ips`
of uvicorn, `SECURE_PROXY_SSL_HEADER` of Django, `ProxyFix` of Werkzeug.
The guard makes such a `Location` relative, except where that would lead in a circle.

## Example

    GET /orders HTTP/1.1                           asked for over https
    Host: shop.example

    HTTP/1.1 307 Temporary Redirect
    Location: http://shop.example/orders/

## Sources

RFC 9110, section 10.2.2 (a Location may be relative).
Kludex/starlette issue 1396 and Kludex/uvicorn issue 965: an https site that redirects to http, and to its inner host.
RFC 8252, section 7.3 (apps at the loopback address).
"""

from seeother.journey import Declaration, Severity
from seeother.message import REDIRECTS, Exchange, first

from ..excerpt import asked, excerpt
from ..plain_redirect import is_plain_redirect
from ..rule import METHODS, OnExchange, Repair, Rule, Sighting, Visibility
from .unfit_location import Unfit, unfit

_CREATED = frozenset({201, 202})
_WHAT = {
    Unfit.INTERNAL: ("to which nobody outside gets", Severity.ERROR),
    Unfit.PLAIN: ("although the site is on https", None),
    Unfit.SERVER_PORT: ("which is the port of an application server", None),
}


def _see(exchange: Exchange, declaration: Declaration) -> Sighting | None:
    request, (status, fields) = exchange.request, exchange.response
    location = first(fields, b"location") or b""
    seen = unfit(request, location, declaration)
    if seen is None:
        return None
    why, severity = _WHAT[seen[0]]
    return Sighting(
        f"The `{status}` to `{asked(request)}` leads to `{excerpt(str(seen[1].origin))}`, {why}.",
        {"location": excerpt(location)},
        severity,
    )


RULE = Rule(
    code="PRX003",
    name="location-unfit-for-outside",
    severity=Severity.WARNING,
    source="RFC 9110 10.2.2",
    visibility=(Visibility.EXCHANGE,),
    repair=Repair.DEFAULT,
    cure="Redirect to a path, or let the application believe what its proxy says of scheme and host.",
    text=__doc__ or "",
    checks=(
        OnExchange(
            _see,
            methods=METHODS,
            statuses=REDIRECTS | _CREATED,
            fields=frozenset({b"location"}),
            unless=is_plain_redirect,
        ),
    ),
)
