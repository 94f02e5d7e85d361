# SPDX-License-Identifier: Apache-2.0
"""Requests whose ends two readers could see in two places, and those that have none (RFC 9112 sections 2.2, 6 and 11).

Most contain a request for /smuggled/{id} that nobody has made, all others have to be refused, or read in one way.
`{id}` is another number of four digits each time, `{kind}` is orders (the guard reads the content of an action before
anybody acts on it) or plain (content streams).
"""

from dataclasses import dataclass
from typing import Literal

Seen = tuple[str, str, str]

_SMUGGLED = b"GET /smuggled/{id} HTTP/1.1\r\nHost: shop\r\n\r\n"
_HOST = b"Host: shop\r\n"
_CHUNKED = b"Transfer-Encoding: chunked\r\n"


@dataclass(frozen=True, slots=True)
class Attack:
    """What is sent, and each request that may be seen of it; `leaves`: the client goes without waiting.

    `reads` says whether a reader never sees a request, may see those and no others, must, or may only where no proxy
    stands before it (`inside`: a folded line, RFC 9112 section 5.2).
    """

    name: str
    sent: bytes
    seen: tuple[Seen, ...] = ()
    leaves: bool = False
    reads: Literal["never", "inside", "may", "must"] = "never"


def _post(fields: bytes, content: bytes, path: bytes = b"/{kind}/{id}") -> bytes:
    return b"POST " + path + b" HTTP/1.1\r\n" + _HOST + fields + b"\r\n" + content


def _whole(content: str) -> tuple[Seen, ...]:
    return (("POST", "/{kind}/{id}", content),)


_N = len(_SMUGGLED)
_CHUNKS = b"5\r\nsku=1\r\n0\r\n\r\n"

ATTACKS = (
    # --- two lengths (RFC 9112 section 6.3) ---
    Attack("lengths-differ", _post(b"Content-Length: 0\r\nContent-Length: %d\r\n" % _N, _SMUGGLED)),
    Attack("lengths-differ-in-one-line", _post(b"Content-Length: 0, %d\r\n" % _N, _SMUGGLED)),
    Attack("lengths-equal", _post(b"Content-Length: 5\r\nContent-Length: 5\r\n", b"sku=1"), _whole("sku=1"),
           reads="may"),
    Attack("length-then-chunked", _post(b"Content-Length: %d\r\n" % (_N + 5) + _CHUNKED, b"0\r\n\r\n" + _SMUGGLED)),
    Attack("chunked-then-length", _post(_CHUNKED + b"Content-Length: 6\r\n", b"0\r\n\r\n" + _SMUGGLED)),
    Attack("length-signed", _post(b"Content-Length: +%d\r\n" % _N, _SMUGGLED)),
    Attack("length-negative", _post(b"Content-Length: -1\r\n", _SMUGGLED)),
    Attack("length-hexadecimal", _post(b"Content-Length: 0x%x\r\n" % _N, _SMUGGLED)),
    Attack("length-underscored", _post(b"Content-Length: 0_0\r\n", _SMUGGLED)),
    Attack("length-of-nothing", _post(b"Content-Length: \r\n", _SMUGGLED)),
    Attack("length-too-long", _post(b"Content-Length: %s\r\n" % (b"9" * 40), _SMUGGLED), leaves=True),
    Attack("length-space-before-colon", _post(b"Content-Length : %d\r\n" % _N, _SMUGGLED)),
    # --- transfer codings (section 6.1) ---
    Attack("coding-twice", _post(_CHUNKED + _CHUNKED, b"0\r\n\r\n" + _SMUGGLED)),
    Attack("coding-unknown", _post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n" + _SMUGGLED)),
    Attack("coding-not-last", _post(b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n" + _SMUGGLED)),
    Attack("coding-identity-and-length", _post(b"Transfer-Encoding: identity\r\nContent-Length: 0\r\n", _SMUGGLED)),
    Attack("coding-vertical-tab", _post(b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n" + _SMUGGLED)),
    Attack("coding-quoted", _post(b'Transfer-Encoding: "chunked"\r\n', b"0\r\n\r\n" + _SMUGGLED)),
    Attack("coding-space-before-colon", _post(b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n" + _SMUGGLED)),
    Attack("coding-underscored-and-length", _post(b"Transfer_Encoding: chunked\r\nContent-Length: %d\r\n" % (_N + 5),
                                                b"0\r\n\r\n" + _SMUGGLED),
           _whole("0\r\n\r\n" + _SMUGGLED.decode()), reads="may"),
    Attack("coding-in-version-1.0", _post(_CHUNKED, _CHUNKS + _SMUGGLED).replace(b"HTTP/1.1", b"HTTP/1.0", 1)),
    Attack("coding-folded", _post(b"Transfer-Encoding:\r\n chunked\r\n", _CHUNKS), _whole("sku=1"), reads="inside"),
    Attack("coding-folded-and-length", _post(b"Transfer-Encoding:\r\n chunked\r\nContent-Length: %d\r\n" % (_N + 5),
                                           b"0\r\n\r\n" + _SMUGGLED)),
    # --- lines (section 2.2 and 5) ---
    Attack("folded-line", _post(b"X-Note: a\r\n\tContent-Length: %d\r\nContent-Length: 5\r\n" % _N, b"sku=1"),
           _whole("sku=1"), reads="inside"),
    Attack("bare-line-feed-hides-length", _post(b"X-Note: a\nContent-Length: %d\r\n" % _N, _SMUGGLED),
           _whole(_SMUGGLED.decode()), reads="may"),
    Attack("bare-return-hides-length", _post(b"X-Note: a\rContent-Length: %d\r\n" % _N, _SMUGGLED)),
    Attack("nul-in-value", _post(b"X-Note: a\0b\r\nContent-Length: 5\r\n", b"sku=1")),
    Attack("nul-in-name", _post(b"Content-Length\0: %d\r\n" % _N, _SMUGGLED)),
    Attack("space-before-first-field", b"POST /{kind}/{id} HTTP/1.1\r\n Content-Length: %d\r\n" % _N + _HOST + b"\r\n"
           + _SMUGGLED),
    Attack("no-host", b"GET /{kind}/{id} HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % _N + _SMUGGLED),
    Attack("two-hosts", _post(b"Host: evil.example\r\nContent-Length: 5\r\n", b"sku=1")),
    # --- chunks (section 7.1) ---
    Attack("chunk-extension", _post(_CHUNKED, b'5;a="b"\r\nsku=1\r\n0;last\r\n\r\n'), _whole("sku=1"), reads="may"),
    Attack("chunk-extension-with-line-feed", _post(_CHUNKED, b"2;\nxx\r\n%x\r\n" % _N + _SMUGGLED + b"\r\n0\r\n\r\n")),
    Attack("chunk-size-signed", _post(_CHUNKED, b"+5\r\nsku=1\r\n0\r\n\r\n" + _SMUGGLED)),
    Attack("chunk-size-negative", _post(_CHUNKED, b"-5\r\nsku=1\r\n0\r\n\r\n" + _SMUGGLED)),
    Attack("chunk-size-prefixed", _post(_CHUNKED, b"0x5\r\nsku=1\r\n0\r\n\r\n" + _SMUGGLED)),
    Attack("chunk-size-underscored", _post(_CHUNKED, b"0_5\r\nsku=1\r\n0\r\n\r\n" + _SMUGGLED)),
    Attack("chunk-size-overflows", _post(_CHUNKED, b"f" * 17 + b"\r\nsku=1\r\n0\r\n\r\n" + _SMUGGLED), leaves=True),
    Attack("chunk-longer-than-it-says", _post(_CHUNKED, b"3\r\nsku=1\r\n0\r\n\r\n" + _SMUGGLED)),
    Attack("chunk-ends-with-line-feed", _post(_CHUNKED, b"5\r\nsku=1\n0\r\n\r\n" + _SMUGGLED)),
    Attack("chunk-size-ends-with-line-feed", _post(_CHUNKED, b"5\nsku=1\r\n0\r\n\r\n"), _whole("sku=1"), reads="may"),
    Attack("trailer-frames", _post(_CHUNKED, b"5\r\nsku=1\r\n0\r\nContent-Length: %d\r\n\r\n" % _N), _whole("sku=1"),
           reads="may"),
    # --- targets (section 3.2) ---
    Attack("target-with-space", b"GET /{kind}/{id} /smuggled HTTP/1.1\r\n" + _HOST + b"\r\n"),
    Attack("target-with-line", b"GET /{kind}/{id}\rHost:a HTTP/1.1\r\n" + _HOST + b"\r\n"),
    Attack("authority", b"CONNECT shop:{id} HTTP/1.1\r\n" + _HOST + b"\r\n"),
    # --- huge fields, and requests that never end ---
    Attack("huge-field", _post(b"X-Note: " + b"a" * (1 << 20) + b"\r\nContent-Length: 5\r\n", b"sku=1")),
    Attack("many-fields", _post(b"X-Note: a\r\n" * 100_000 + b"Content-Length: 5\r\n", b"sku=1")),
    Attack("leaves-in-head", b"POST /{kind}/{id} HTTP/1.1\r\nHost: sh", leaves=True),
    Attack("leaves-in-content", _post(b"Content-Length: 500\r\n", b"sku=1"), leaves=True),
    Attack("leaves-in-chunk", _post(_CHUNKED, b"ff\r\nsku=1"), leaves=True),
    Attack("leaves-before-last-chunk", _post(_CHUNKED, b"5\r\nsku=1\r\n"), leaves=True),
    # --- what is as it should be ---
    Attack("pipelined", _post(b"Content-Length: 5\r\n", b"sku=1") + b"GET /pages/{id} HTTP/1.1\r\n" + _HOST
           + b"Connection: close\r\n\r\n",
           (*_whole("sku=1"), ("GET", "/pages/{id}", "")), reads="must"),
    Attack("request-in-content", _post(b"Content-Length: %d\r\n" % _N, _SMUGGLED), _whole(_SMUGGLED.decode()),
           reads="must"),
    Attack("request-in-chunk", _post(_CHUNKED, b"%x\r\n" % _N + _SMUGGLED + b"\r\n0\r\n\r\n"),
           _whole(_SMUGGLED.decode()), reads="must"),
)  # fmt: skip
