# SPDX-License-Identifier: Apache-2.0
"""A request's content, decompressed piece by piece, never larger than allowed and never holding the loop for long."""

import asyncio
import zlib
from collections.abc import Iterator

from starlette.types import Receive

from .hold import Share

_PIECE_BYTES = 1 << 20  # a decompressed piece: about a millisecond of work
_GZIP = 31  # zlib's window bits for a gzip member (RFC 1952)


class TooLargeError(Exception):
    """The content is larger than allowed once decompressed."""


class BrokenContentError(Exception):
    """The content is not what its Content-Encoding says."""


class DisconnectedError(Exception):
    """The sender left before its content was complete."""


async def read_content(receive: Receive, share: Share, *, is_gzip: bool, limit_bytes: int) -> bytes:
    """All of a request's content; raises the errors of this file, and FullError when `share` may not grow."""
    gunzip = _Gunzip() if is_gzip else None
    pieces: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise DisconnectedError
        chunk: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        for piece in (chunk,) if gunzip is None else gunzip.feed(chunk):
            size += len(piece)
            if size > limit_bytes:
                raise TooLargeError
            share.grow(len(piece))
            pieces.append(piece)
            if len(piece) == _PIECE_BYTES:
                await asyncio.sleep(0)
    if gunzip is not None and not gunzip.is_complete:
        raise BrokenContentError("the gzip content ends too early")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class _Gunzip:
    """Undoes gzip, also of several members; the output comes in pieces, so a small bomb cannot burst at once."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self._begun = False

    @property
    def is_complete(self) -> bool:
        """Whether the last member has ended."""
        return self._member.eof

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What comes out when `data` goes in."""
        while data or self._begun:
            if self._member.eof:
                if not data:
                    return
                self._member = zlib.decompressobj(_GZIP)
            try:
                piece = self._member.decompress(data, _PIECE_BYTES)
            except zlib.error as error:
                raise BrokenContentError(f"the content is no gzip: {error}") from error
            self._begun = True
            data = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            if piece:
                yield piece
            if not data and len(piece) < _PIECE_BYTES:
                return
