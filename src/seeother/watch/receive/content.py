# SPDX-License-Identifier: Apache-2.0
"""A request's content, decompressed piece by piece, never larger than allowed and never holding the loop for long."""

import asyncio

from starlette.types import Receive

from .coding import PIECE_BYTES, BrokenContentError, Decoder
from .hold import Share

_OVERHEAD_BYTES = 1 << 10  # what a coding may add to a content that cannot be made smaller
_LIMIT_SECONDS = 30.0  # longer than senders wait; whoever is slower holds room that others need


class TooLargeError(Exception):
    """The content is larger than allowed once decompressed."""


class SlowError(Exception):
    """The content was not complete in time."""


class DisconnectedError(Exception):
    """The sender left before its content was complete."""


async def read_content(receive: Receive, share: Share, *, coding: str | None, limit_bytes: int) -> bytes:
    """All of a request's content, its `coding` undone.

    Raises the errors of this file, BrokenContentError, and FullError when `share` may not grow.
    """
    try:
        async with asyncio.timeout(_LIMIT_SECONDS):
            return await _read(receive, share, coding, limit_bytes)
    except TimeoutError:
        raise SlowError from None


async def _read(receive: Receive, share: Share, coding: str | None, limit_bytes: int) -> bytes:
    decoder = None if coding is None else Decoder(coding)
    pieces: list[bytes] = []
    size = taken = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise DisconnectedError
        chunk: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        taken += len(chunk)
        if taken > limit_bytes + _OVERHEAD_BYTES:  # empty members give nothing, at a cost each
            raise TooLargeError
        for piece in (chunk,) if decoder is None else decoder.feed(chunk):
            size += len(piece)
            if size > limit_bytes:
                raise TooLargeError
            share.grow(len(piece))
            pieces.append(piece)
            if len(piece) == PIECE_BYTES:
                await asyncio.sleep(0)
    if decoder is not None and not decoder.is_complete:
        raise BrokenContentError(f"the {coding} content ends too early")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
