# SPDX-License-Identifier: Apache-2.0
"""Counts and digests an answer that goes out as it comes, for whoever has to remember it without keeping it."""

from hashlib import sha256

from .flow import Streamed


class Tally:
    """What has been sent so far of one answer."""

    __slots__ = ("_digest", "_length", "_status")

    def __init__(self, status: int) -> None:
        """Begin with the head."""
        self._status = status
        self._length = 0
        self._digest = sha256()

    def add(self, part: bytes) -> None:
        """Count what is sent next."""
        self._length += len(part)
        self._digest.update(part)

    def streamed(self) -> Streamed:
        """What was sent."""
        return Streamed(self._status, self._length, self._digest.digest())
