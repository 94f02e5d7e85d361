# SPDX-License-Identifier: Apache-2.0
"""What servers make of HTTP, as tests over real sockets have seen it; a guard inside cannot see what its server hides.

tests/contract/framing and tests/contract/servers hold this table to the servers; docs/reference/servers.md shows it.
A name in `splits`, `accepts` and `shortens` is that of an attack in tests/contract/framing/attacks.py.
"""

from typing import NamedTuple


class Server(NamedTuple):
    """A server as it is when its defaults are kept.

    `splits`: it takes for two requests what another reader takes for one, so it must not stand behind such a reader.
    `accepts`: it reads what has to be refused, and as one request.
    `shortens`: it hands content over as whole that has not come to its end.
    """

    name: str
    version: str
    interface: str
    splits: frozenset[str] = frozenset()
    accepts: frozenset[str] = frozenset()
    shortens: frozenset[str] = frozenset()


_BOTH_LENGTHS = frozenset({"chunked-then-length", "length-then-chunked"})
_FOLDED = _BOTH_LENGTHS | {"coding-folded-and-length"}
_H11 = frozenset({"authority", "coding-in-version-1.0"})
_HYPER = frozenset({"authority", "no-host", "two-hosts"}) | _BOTH_LENGTHS
_UNFINISHED_CHUNKS = frozenset({
    "chunk-ends-with-line-feed", "chunk-extension-with-line-feed", "chunk-longer-than-it-says",
    "chunk-size-ends-with-line-feed", "chunk-size-negative", "chunk-size-overflows", "chunk-size-prefixed",
    "chunk-size-signed", "chunk-size-underscored", "leaves-before-last-chunk", "leaves-in-chunk",
})  # fmt: skip

SERVERS = (
    Server("uvicorn-h11", "0.54", "asgi", splits=_FOLDED, accepts=_H11),
    Server(
        "uvicorn-httptools", "0.54", "asgi",
        accepts=frozenset({"coding-in-version-1.0", "huge-field", "many-fields", "no-host", "two-hosts"}),
    ),
    Server("granian", "2.8", "asgi", splits=frozenset({"coding-twice"}), accepts=_HYPER),
    Server("hypercorn", "0.18", "asgi", splits=_FOLDED, accepts=_H11),
    Server("gunicorn-asgi", "27.0", "asgi", accepts=frozenset({"authority", "no-host"})),
    Server("gunicorn", "27.0", "wsgi", accepts=frozenset({"authority", "no-host"})),
    Server(
        "granian-wsgi", "2.8", "wsgi", splits=frozenset({"coding-twice"}), accepts=_HYPER, shortens=_UNFINISHED_CHUNKS
    ),
)  # fmt: skip
