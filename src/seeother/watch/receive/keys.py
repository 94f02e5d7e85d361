# SPDX-License-Identifier: Apache-2.0
"""The keys that servers show to send telemetry: they open this door and no other."""

import hmac
from collections.abc import Iterable

from seeother.message import Fields, first


class Keys:
    """Any of these opens; with none, everyone may send (watch then listens on this machine only)."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        """Take the ingest keys, and watch's own token: who may read may send."""
        self._keys = [key.encode() for key in keys]

    def open(self, fields: Fields) -> bool:
        """Whether a request with these fields may come in: `Authorization: Bearer KEY`."""
        if not self._keys:
            return True
        scheme, _, shown = (first(fields, b"authorization") or b"").strip().partition(b" ")
        if scheme.lower() != b"bearer":
            return False
        # All are compared, so that the time says nothing about which came close.
        return sum([hmac.compare_digest(shown.strip(), key) for key in self._keys]) > 0
