# SPDX-License-Identifier: Apache-2.0
"""Reads the routes of a shop from a recorded visit, for whoever cannot read its code."""

from collections import Counter
from collections.abc import Iterable, Sequence

from seeother.message import Exchange, media_type

from .observed import Observed
from .routes import Reading
from .template import template_of

RECORDED = "a recording"
_FILES = ("image/", "font/", "video/", "audio/", "text/css", "text/javascript", "application/javascript",
          "application/x-javascript", "application/wasm", "application/manifest+json")  # fmt: skip


def read_traffic(exchanges: Sequence[Exchange]) -> Reading:
    """The routes of the site that most pages are of; what other hosts have answered is left out and named."""
    site, observed = _site(exchanges), Observed()
    foreign: Counter[str] = Counter()
    visit: list[str] = []
    for exchange in exchanges:
        request, host = exchange.request, exchange.request.authority
        if host != site:
            foreign[host.decode("latin-1")] += 1
        elif not _is_file(exchange):
            shape = observed.see(request.method, template_of(request.path), exchange.response.status)
            visit += [] if shape is None else [shape]
    for name, count in foreign.items():
        observed.leave_out(name, f"another host's, {count} exchange{'' if count == 1 else 's'}")
    return observed.reading(RECORDED, [visit])


def _site(exchanges: Iterable[Exchange]) -> bytes:
    """The host of most pages, else of most of all; the first one where there are as many."""
    answered = [(exchange.request.authority, media_type(exchange.response.fields)) for exchange in exchanges]
    pages = Counter([host for host, kind in answered if kind == b"text/html"])
    hosts = pages or Counter([host for host, _ in answered])
    return hosts.most_common(1)[0][0] if hosts else b""


def _is_file(exchange: Exchange) -> bool:
    """Whether the exchange is about a file that a page is made of."""
    kind = media_type(exchange.response.fields).decode("latin-1")
    return exchange.request.method == "GET" and kind.startswith(_FILES)
