# SPDX-License-Identifier: Apache-2.0
"""What servers make of HTTP, as tests over real sockets have seen it; a guard inside cannot see what its server hides.

tests/contract/framing and tests/contract/servers hold this table to the servers; docs/reference/servers.md shows it.
A name in `splits`, `accepts` and `shortens` is that of an attack in tests/contract/framing/attacks.py.
"""

from typing import Literal, NamedTuple

Fate = Literal["cut", "dropped", "error", "whole"]

EARLY_HINTS = frozenset({"http.response.early_hint", "wsgi.early_hints"})


class Server(NamedTuple):
    """A server as it is when its defaults are kept; of `offers` only what an answer can use is told.

    `second_head`, `late_head`: what a client gets of an application that sends two heads, before and after the first
    content: a cut answer, an error, or the first answer with the second head dropped.
    `broken`: what it gets of an answer that an application breaks off: a cut one, or what looks whole.
    `tells_departure`: whether an application hears that its client has left.
    `splits`: it takes for two requests what another reader takes for one, so it must not stand behind such a reader.
    `accepts`: it reads what has to be refused, and as one request.
    `shortens`: it hands content over as whole that has not come to its end.
    """

    name: str
    version: str
    interface: Literal["asgi", "wsgi"]
    http2: bool = False
    offers: frozenset[str] = frozenset()
    offers_http2: frozenset[str] = frozenset()
    second_head: Fate = "cut"
    late_head: Fate = "cut"
    broken: Fate = "cut"
    tells_departure: bool = True
    splits: frozenset[str] = frozenset()
    accepts: frozenset[str] = frozenset()
    shortens: frozenset[str] = frozenset()


_BOTH_LENGTHS = frozenset({"chunked-then-length", "length-then-chunked"})
_FOLDED = _BOTH_LENGTHS | {"coding-folded-and-length"}
_H11 = frozenset({"authority", "coding-in-version-1.0"})
_HYPER = frozenset({"authority", "no-host", "two-hosts"}) | _BOTH_LENGTHS
_GUNICORN = frozenset({"authority", "no-host"})
_TWICE = frozenset({"coding-twice"})
_FILE = frozenset({"http.response.pathsend"})
_HYPERCORN_2 = frozenset({"http.response.early_hint", "http.response.push", "http.response.trailers"})
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
    Server(
        "granian", "2.8", "asgi", http2=True, offers=_FILE, offers_http2=_FILE, second_head="error", splits=_TWICE,
        accepts=_HYPER,
    ),
    Server("hypercorn", "0.18", "asgi", http2=True, offers_http2=_HYPERCORN_2, splits=_FOLDED, accepts=_H11),
    Server("gunicorn-asgi", "27.0", "asgi", second_head="dropped", late_head="dropped", accepts=_GUNICORN),
    Server(
        "gunicorn", "27.0", "wsgi", offers=frozenset({"wsgi.early_hints"}), second_head="error",
        tells_departure=False, accepts=_GUNICORN,
    ),
    Server(
        "granian-wsgi", "2.8", "wsgi", http2=True, second_head="dropped", late_head="dropped", broken="whole",
        tells_departure=False, splits=_TWICE, accepts=_HYPER, shortens=_UNFINISHED_CHUNKS,
    ),
)  # fmt: skip
