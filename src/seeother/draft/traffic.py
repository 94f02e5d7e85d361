# SPDX-License-Identifier: Apache-2.0
"""Reads the routes of a shop from what was recorded of it, for whoever cannot read its code.

Rules of this file:
- One visit shows each route once, so a path tells by itself what in it is a name: numbers, digests and the like, what
  stands below a shop's catalogue, and what no path would be written with.
- A route that nobody has visited is not there. The file says how it came to be.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from seeother.errors import SettingsError
from seeother.message import Exchange, Pattern, media_type

from .found import LeftOut
from .routes import METHODS, Reading, Route

RECORDED = "a recording"
_ID = re.compile(
    r"\d+|[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{27}|(?=[^0-9]*\d)(?:[0-9a-f]{8,}|[A-Za-z0-9_-]{12,})|(?=.*\d)[A-Z]{1,4}[-_]?\d{3,}"
)
_PLAIN = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=@%-]+")
_CATALOGUES = frozenset({"product", "products", "item", "items", "p", "category", "categories", "collection",
                         "collections"})  # fmt: skip
_FILES = ("image/", "font/", "video/", "audio/", "text/css", "text/javascript", "application/javascript",
          "application/x-javascript", "application/wasm", "application/manifest+json")  # fmt: skip
_FILE_NAME = re.compile(r"\.(?:avif|css|gif|ico|jpe?g|js|json|map|mjs|png|svg|txt|webmanifest|webp|woff2?|xml)\Z")
_NO_ROUTE = frozenset({404, 405, 501})
_OWN = "/.seeother/"


def read_traffic(exchanges: Sequence[Exchange]) -> Reading:
    """The routes of the site that most pages are of; what other hosts have answered is left out and named."""
    site = _site(exchanges)
    routes: dict[str, Route] = {}
    left_out: dict[LeftOut, None] = {}
    foreign: Counter[str] = Counter()
    for exchange in exchanges:
        request, host = exchange.request, exchange.request.authority
        if host != site:
            foreign[host.decode("latin-1")] += 1
        elif request.method in METHODS and not _is_file(exchange) and exchange.response.status not in _NO_ROUTE:
            try:
                pattern = Pattern.parse(f"{request.method} {template_of(request.path)}")
            except SettingsError as error:
                left_out[LeftOut(request.path, error.cure)] = None
                continue
            routes.setdefault(pattern.shape, Route(pattern))
    for name, count in foreign.items():
        left_out[LeftOut(name, f"another host's, {count} exchange{'' if count == 1 else 's'}")] = None
    return Reading(RECORDED, tuple(routes.values()), tuple(left_out))


def template_of(path: str) -> str:
    """A path with placeholders for what looks like a name in it."""
    return "/" + "/".join(_segments(path.removeprefix("/").split("/")))


def _segments(segments: Sequence[str]) -> Iterator[str]:
    names: Counter[str] = Counter()
    before = ""
    for segment in segments:
        name = _name(segment, before)
        if name is None:
            yield segment
        else:
            names[name] += 1
            yield f"{{{name}{names[name] if names[name] > 1 else ''}}}"
        before = segment.lower()


def _name(segment: str, before: str) -> str | None:
    """What a segment is the name of; None where it is a word of the path."""
    if not segment:
        return None
    if _ID.fullmatch(segment) or not _PLAIN.fullmatch(segment):
        return "id"
    return "slug" if before in _CATALOGUES else None


def _site(exchanges: Iterable[Exchange]) -> bytes:
    """The host of most pages, else of most of all; the first one where there are as many."""
    answered = [(exchange.request.authority, media_type(exchange.response.fields)) for exchange in exchanges]
    pages = Counter([host for host, kind in answered if kind == b"text/html"])
    hosts = pages or Counter([host for host, _ in answered])
    return hosts.most_common(1)[0][0] if hosts else b""


def _is_file(exchange: Exchange) -> bool:
    """Whether the exchange is about a file that a page is made of, or the guard's own."""
    path, kind = exchange.request.path, media_type(exchange.response.fields).decode("latin-1")
    if path.startswith(_OWN):
        return True
    return exchange.request.method == "GET" and (kind.startswith(_FILES) or _FILE_NAME.search(path) is not None)
