# SPDX-License-Identifier: Apache-2.0
"""A redirect leaves the path under which a proxy mounts the application.

## What it sees

- Somebody is redirected from `/shop/...` to a path outside of `/shop`, which answers `404`, while all the pages of
  that site that they have seen, two at least, are under `/shop`.
- Where the prefix is declared, a redirect to a path outside of it, except to `/`.
  It is advice then, for another application may be meant.

## Why it hurts

A proxy that serves an application under `/shop` and takes the prefix away does not put it back into `Location`.
The application works by itself and in each test; behind the proxy its first redirect leads out of it, to another
application or to nothing.

## What to do

Tell the application its prefix: `root_path` in ASGI (`--root-path` of uvicorn), `SCRIPT_NAME` in WSGI
(`FORCE_SCRIPT_NAME` of Django), and make redirects from the names of routes.
Or let the proxy rewrite `Location` (`proxy_redirect` of nginx, `ProxyPassReverse` of Apache).
The guard adds the prefix where the route asks for it.

## Example

    POST /shop/orders HTTP/1.1

    HTTP/1.1 303 See Other                         should be /shop/orders/7
    Location: /orders/7

## Sources

RFC 9110, section 10.2.2 (Location is resolved against the target that the client asked for).
pallets/werkzeug issue 540: absolute redirects behind a proxy with a path.
"""

from collections.abc import Iterator

from seeother.journey import Declaration, Severity, Trail
from seeother.message import REDIRECTS, Exchange, Origin, every, is_same_origin, origin_of, resolve, to_relative

from ..excerpt import asked, excerpt
from ..rule import METHODS, SUCCESSES, OnExchange, OnTrail, Repair, Rule, Sighting, Visibility

_NOT_FOUND = 404
_PAGES_LEAST = 2


def _has_prefix(declaration: Declaration) -> bool:
    return bool(declaration.prefix.rstrip("/"))


def _see_exchange(exchange: Exchange, declaration: Declaration) -> Sighting | None:
    request, prefix = exchange.request, declaration.prefix.rstrip("/")
    location = every(exchange.response.fields, b"location")[0]
    if not location.strip() or not is_same_origin(request, location):
        return None
    path = to_relative(request, location).partition(b"?")[0].partition(b"#")[0].decode()
    if path == "/" or _is_under(path, prefix):
        return None
    return Sighting(
        f"`{asked(request)}` is redirected to `{excerpt(path)}`, outside of `{excerpt(prefix)}`.",
        {"location": excerpt(location), "prefix": excerpt(prefix)},
        Severity.ADVICE,
    )


def _see_trail(trail: Trail) -> Iterator[Sighting]:
    shown: dict[tuple[Origin, str], int] = {}
    total: dict[Origin, int] = {}
    for exchange in trail.exchanges:
        here = origin_of(exchange.request)
        if here is not None and exchange.response.status in SUCCESSES:
            prefix = _first_segment(exchange.request.path)
            shown[here, prefix] = shown.get((here, prefix), 0) + 1
            total[here] = total.get(here, 0) + 1
    for index, exchange, following in trail.pairs():
        here = origin_of(exchange.request)
        prefix = _first_segment(exchange.request.path)
        if here is None or not prefix or not _leads_to(exchange, following):
            continue
        if following.response.status != _NOT_FOUND or _is_under(following.request.path, prefix):
            continue
        if total.get(here, 0) >= _PAGES_LEAST and shown.get((here, prefix)) == total[here]:
            yield Sighting(
                f"`{asked(exchange.request)}` was redirected out of `{excerpt(prefix)}`, "
                f"to `{excerpt(following.request.path)}`, which is not there.",
                {"target": excerpt(following.request.url), "prefix": excerpt(prefix)},
                exchange=index + 1,
            )


def _leads_to(exchange: Exchange, following: Exchange) -> bool:
    """Whether the second request is what the first one's redirect, within its origin, asks for."""
    locations = every(exchange.response.fields, b"location")
    if (
        exchange.response.status not in REDIRECTS
        or len(locations) != 1
        or not is_same_origin(exchange.request, locations[0])
    ):
        return False
    target, asked_for = resolve(exchange.request, locations[0]), resolve(following.request, b"")
    return target is not None and asked_for is not None and target[:3] == asked_for[:3]


def _first_segment(path: str) -> str:
    """The first folder of a path with its slash before it; nothing for a page at the root."""
    segment, slash, _ = path.removeprefix("/").partition("/")
    return f"/{segment}" if slash and segment else ""


def _is_under(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(prefix + "/")


RULE = Rule(
    code="PRX005",
    name="location-without-mount-prefix",
    severity=Severity.WARNING,
    source="RFC 9110 10.2.2",
    visibility=(Visibility.EXCHANGE, Visibility.SEQUENCE),
    repair=Repair.OPT_IN,
    cure="Tell the application its prefix, or let the proxy rewrite Location.",
    text=__doc__ or "",
    checks=(
        OnExchange(
            _see_exchange,
            methods=METHODS,
            statuses=REDIRECTS,
            fields=frozenset({b"location"}),
            where=_has_prefix,
        ),
        OnTrail(_see_trail),
    ),
)
