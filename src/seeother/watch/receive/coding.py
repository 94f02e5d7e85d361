# SPDX-License-Identifier: Apache-2.0
"""Content codings undone piece by piece: gzip (RFC 1952) and zstd (RFC 8878), both also of several members in a row.

The output comes in pieces of bounded size, so a small bomb cannot burst at once.
"""

import sys
from collections.abc import Callable, Iterator
from typing import cast

from isal import isal_zlib
from isal.igzip_lib import IsalError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PIECE_BYTES = 1 << 20  # of output: about a millisecond of work
MEMBERS = 256  # in one content: each costs as much as 50 KB of output, and the smallest has nine bytes
_GZIP = 31  # zlib's window bits for a gzip member
_WINDOW_LOG = 23  # of zstd: 8 MB, all that RFC 9659 lets a content coding ask for
# isal's stub calls its exception an instance.
_ERRORS = (cast("type[Exception]", IsalError), zstd.ZstdError)


class BrokenContentError(Exception):
    """The content is not what its Content-Encoding says."""


class Decoder:
    """Undoes one content coding."""

    def __init__(self, coding: str) -> None:
        """Undo `coding`, one of CODINGS."""
        self._coding = coding
        self._new = _NEW[coding]
        self._member = self._new()
        self._members = 1
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
                if self._members == MEMBERS:
                    raise BrokenContentError(f"the {self._coding} content has more than {MEMBERS} members")
                self._member = self._new()
                self._members += 1
            try:
                piece, data = self._member.take(data)
            except _ERRORS as error:
                raise BrokenContentError(f"the content is no {self._coding}: {error}") from error
            self._begun = True
            if piece:
                yield piece
            if not data and len(piece) < PIECE_BYTES:
                return


class _Gzip:
    def __init__(self) -> None:
        self._inner = isal_zlib.decompressobj(_GZIP)  # a third of what zlib takes

    @property
    def eof(self) -> bool:
        return self._inner.eof

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """A piece, and what is left of the input."""
        piece = self._inner.decompress(data, PIECE_BYTES)
        return piece, self._inner.unused_data if self._inner.eof else self._inner.unconsumed_tail


class _Zstd:
    def __init__(self) -> None:
        options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _WINDOW_LOG}
        self._inner = zstd.ZstdDecompressor(options=options)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """A piece, and what is left of the input; unlike zlib it keeps that until it is asked for more."""
        piece = self._inner.decompress(data, PIECE_BYTES)
        return piece, self._inner.unused_data if self._inner.eof else b""


_NEW: dict[str, Callable[[], _Gzip | _Zstd]] = {"gzip": _Gzip, "x-gzip": _Gzip, "zstd": _Zstd}
CODINGS = tuple(_NEW)
