# SPDX-License-Identifier: Apache-2.0
"""A ledger in the memory of one process: for tests, and for sites of one process that may forget at a restart."""

import threading
from dataclasses import dataclass

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.errors import StoreError
from seeother.message import Response
from seeother.policy import Doubt, Finished, Granted, LedgerKey, Mismatch, Running, Unknown, Verdict

from .awaited import InPlace
from .port import UNKNOWN_SECONDS, AsyncLedger, retry_after

LIMIT_ENTRIES = 1_000_000  # keys
LIMIT_BYTES = 256 * 1024 * 1024  # of remembered answers
_BUCKET = 1.0  # seconds of expiry times that are filed together
_SHARE = 16  # notes that a claim looks at on its way; it makes two at most, so the purge always catches up
_OVERHEAD = 64  # bytes that a field or an answer takes beside its text

_MISMATCH = Mismatch()
_UNKNOWN = Unknown()


@dataclass(slots=True)
class _Entry:
    """One key; `filed` is the bucket whose note about it counts."""

    fingerprint: bytes
    token: int
    since: float
    lease_until: float
    expires: float
    filed: int
    finished: Finished | None = None
    abandoned: bool = False
    size: int = 0


class MemoryLedger:
    """Keys and answers in a dict under one lock.

    It never forgets early: when it is full a claim is refused with StoreError, since an answer thrown away would let
    its action run twice. Each key is noted in the bucket of the moment at which to look at it again, and each claim
    looks at a few notes that are due: the cost does not grow with the number of keys.
    """

    blocking = False

    def __init__(
        self,
        *,
        clock: Clock = SYSTEM_CLOCK,
        keep_unknown: float = UNKNOWN_SECONDS,
        limit_entries: int = LIMIT_ENTRIES,
        limit_bytes: int = LIMIT_BYTES,
    ) -> None:
        """Hold at most so many keys and bytes; an unknown outcome blocks its key for `keep_unknown` seconds."""
        self._clock = clock
        self._keep_unknown = keep_unknown
        self._limit_entries = limit_entries
        self._limit_bytes = limit_bytes
        self._entries: dict[tuple[str, str], _Entry] = {}
        self._buckets: dict[int, list[tuple[str, str]]] = {}
        self._due: list[tuple[str, str]] = []
        self._swept = int(clock.monotonic() // _BUCKET)  # buckets before this one are in `_due` or gone
        self._bytes = 0
        self._token = 0
        self._lock = threading.Lock()

    @property
    def awaitable(self) -> AsyncLedger:
        """The same ledger for an event loop."""
        return InPlace(self)

    def __len__(self) -> int:
        """How many keys are held, those included that have had their time and wait for the purge."""
        return len(self._entries)

    def claim(self, key: LedgerKey, fingerprint: bytes, lease: float, *, rerun: bool = False) -> Verdict:
        """Take the key for `lease` seconds if it is free, else say how it stands."""
        name = (key.scope, key.key)
        with self._lock:
            now = self._clock.monotonic()
            self._sweep(now, _SHARE)
            entry = self._entries.get(name)
            if entry is not None:
                standing = _standing(entry, fingerprint, now)
                if now < entry.expires and not (rerun and standing is _UNKNOWN):
                    return standing
                self._forget(name, entry)
            if self._is_full():
                self._sweep(now, None)
                if self._is_full():
                    raise StoreError(self._full(), retryable=True)
            self._token += 1
            until = now + lease
            bucket = max(int(until // _BUCKET), self._swept)
            self._entries[name] = _Entry(fingerprint, self._token, now, until, until + self._keep_unknown, bucket)
            self._buckets.setdefault(bucket, []).append(name)
            return Granted(key, self._token)

    def renew(self, granted: Granted, lease: float) -> bool:
        """Let the claim run until `lease` seconds from now; False when it is no longer ours or no longer running."""
        with self._lock:
            now = self._clock.monotonic()
            entry = self._own(granted, now)
            if entry is None or entry.abandoned:
                return False
            entry.lease_until = now + lease
            self._expire((granted.key.scope, granted.key.key), entry, entry.lease_until + self._keep_unknown)
            return True

    def settle(self, granted: Granted, answer: Response, keep: float) -> bool:
        """Remember the answer for `keep` seconds; False, and nothing changed, when the claim is no longer ours."""
        with self._lock:
            now = self._clock.monotonic()
            entry = self._own(granted, now)
            if entry is None:
                return False
            entry.finished = Finished(answer)
            entry.size = _size(answer)
            self._bytes += entry.size
            self._expire((granted.key.scope, granted.key.key), entry, now + keep)
            return True

    def release(self, granted: Granted) -> bool:
        """Free the key, for nothing happened; False when the claim is no longer ours."""
        with self._lock:
            entry = self._own(granted, self._clock.monotonic())
            if entry is None or entry.abandoned:
                return False
            self._forget((granted.key.scope, granted.key.key), entry)
            return True

    def abandon(self, granted: Granted) -> bool:
        """Say that the outcome is unknown; False when the claim is no longer ours."""
        with self._lock:
            now = self._clock.monotonic()
            entry = self._own(granted, now)
            if entry is None or entry.abandoned:
                return False
            entry.abandoned = True
            self._expire((granted.key.scope, granted.key.key), entry, now + self._keep_unknown)
            return True

    def unknown(self, most: int) -> list[Doubt]:
        """At most so many claims whose outcome is unknown, oldest first."""
        with self._lock:
            now, wall = self._clock.monotonic(), self._clock.time()
            found = sorted(
                [
                    (entry.since, entry.token, name)
                    for name, entry in self._entries.items()
                    if entry.finished is None and now < entry.expires and (entry.abandoned or now >= entry.lease_until)
                ]
            )
        return [Doubt(Granted(LedgerKey(*name), token), wall - now + since) for since, token, name in found[:most]]

    def clear(self, granted: Granted) -> bool:
        """Free a key of unknown outcome, for nothing happened; False when it is not unknown."""
        with self._lock:
            now = self._clock.monotonic()
            entry = self._own(granted, now)
            if entry is None or not (entry.abandoned or now >= entry.lease_until):
                return False
            self._forget((granted.key.scope, granted.key.key), entry)
            return True

    def purge(self) -> int:
        """Forget what has had its time; returns how many keys that were."""
        with self._lock:
            before = len(self._entries)
            self._sweep(self._clock.monotonic(), None)
            return before - len(self._entries)

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._buckets.clear()
            self._due.clear()
            self._bytes = 0

    def _own(self, granted: Granted, now: float) -> _Entry | None:
        """The entry that the claim still owns."""
        entry = self._entries.get((granted.key.scope, granted.key.key))
        if entry is None or entry.token != granted.token or entry.finished is not None or now >= entry.expires:
            return None
        return entry

    def _forget(self, name: tuple[str, str], entry: _Entry) -> None:
        self._bytes -= entry.size
        del self._entries[name]

    def _expire(self, name: tuple[str, str], entry: _Entry, expires: float) -> None:
        """Set when the entry has had its time, with a new note if the one there is would come too late."""
        entry.expires = expires
        bucket = max(int(expires // _BUCKET), self._swept)
        if bucket < entry.filed:
            entry.filed = bucket
            self._buckets.setdefault(bucket, []).append(name)

    def _sweep(self, now: float, most: int | None) -> None:
        """Look at notes that are due: at `most` so many of past buckets, or at all, those of the present included."""
        present = int(now // _BUCKET)
        if self._swept < present:
            span = range(self._swept, present)
            # After a long silence there are more moments than buckets.
            past = span if len(span) <= len(self._buckets) else [index for index in self._buckets if index < present]
            for index in past:
                self._due += self._buckets.pop(index, ())
            self._swept = present
        if most is None:
            self._due += self._buckets.pop(present, ())
        for _ in range(len(self._due) if most is None else min(most, len(self._due))):
            name = self._due.pop()
            entry = self._entries.get(name)
            if entry is None or entry.filed > present:
                continue
            if entry.expires <= now:
                self._forget(name, entry)
            else:
                # A lease that ran out, or an answer kept for longer than the lease: look again when its time is up.
                entry.filed = max(int(entry.expires // _BUCKET), present)
                self._buckets.setdefault(entry.filed, []).append(name)

    def _is_full(self) -> bool:
        return len(self._entries) >= self._limit_entries or self._bytes >= self._limit_bytes

    def _full(self) -> str:
        return (
            f"the memory ledger is full ({len(self._entries)} keys, {self._bytes} bytes of answers): "
            "remember answers for a shorter time, or use a ledger on disk"
        )


def _standing(entry: _Entry, fingerprint: bytes, now: float) -> Verdict:
    """How a key stands that is not free."""
    if entry.fingerprint != fingerprint:
        return _MISMATCH
    if entry.finished is not None:
        return entry.finished
    if not entry.abandoned and now < entry.lease_until:
        return Running(retry_after(now - entry.since, entry.lease_until - now))
    return _UNKNOWN


def _size(answer: Response) -> int:
    """Bytes that an answer takes, about."""
    return len(answer.content) + _OVERHEAD + sum([len(name) + len(value) + _OVERHEAD for name, value in answer.fields])
