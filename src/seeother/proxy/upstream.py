# SPDX-License-Identifier: Apache-2.0
"""Which server answers a path, and where it listens."""

import ssl
from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar
from urllib.parse import SplitResult, urlsplit

from seeother.settings import UpstreamSettings

T = TypeVar("T")

_PORTS = {"http": 80, "https": 443}


class Upstream(NamedTuple):
    """Where a server listens; `name` is what its breaker is called, `tls` is None over plain TCP. Times in seconds."""

    name: str
    host: str
    port: int
    authority: bytes
    tls: ssl.SSLContext | None
    connect: float
    read: float
    total: float | None
    concurrent: int
    pause: float
    health: str | None


def upstream_of(given: UpstreamSettings) -> Upstream:
    """What an `[[upstream]]` describes; over TLS its certificate must be one that this machine trusts."""
    parts = urlsplit(given.url)
    return Upstream(
        name=parts.netloc,
        host=parts.hostname or "",
        port=port_of(parts),
        authority=parts.netloc.encode("ascii"),
        tls=ssl.create_default_context() if parts.scheme == "https" else None,
        connect=given.connect.total_seconds(),
        read=given.read.total_seconds(),
        total=None if given.total is None else given.total.total_seconds(),
        concurrent=given.concurrent,
        pause=given.pause.total_seconds(),
        health=given.health,
    )


def port_of(parts: SplitResult) -> int:
    """The port of a server's address."""
    return parts.port or _PORTS[parts.scheme]


class Upstreams(Generic[T]):
    """Finds what is kept for the server of a path: that of the longest `match` which the path is, or is below of."""

    __slots__ = ("_by_length", "_only")

    def __init__(self, matched: Iterable[tuple[str, T]]) -> None:
        """File by what is matched."""
        pairs = [(match.rstrip("/"), kept) for match, kept in matched]
        self._by_length = sorted(pairs, key=lambda pair: -len(pair[0]))
        self._only = pairs[0][1] if len(pairs) == 1 and not pairs[0][0] else None

    def find(self, path: str) -> T | None:
        """What is kept for a decoded path; None where nobody answers it."""
        if self._only is not None:
            return self._only
        for match, kept in self._by_length:
            if path.startswith(match) and (len(path) == len(match) or path[len(match)] == "/"):
                return kept
        return None

    def __iter__(self) -> Iterator[T]:
        """All of it, that of the longest match first."""
        return iter([kept for _, kept in self._by_length])
