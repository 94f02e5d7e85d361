# SPDX-License-Identifier: Apache-2.0
"""A ledger in the memory of one process: for tests, and for sites of one process that may forget at a restart."""

import marshal
import threading
from dataclasses import dataclass
from struct import Struct

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
_OVERHEAD = 256  # bytes that a key takes beside its answer: name, notes, places in dicts

_MISMATCH = Mismatch()
_UNKNOWN = Unknown()

# Of a finished key: when it has had its time, and behind that its fingerprint and the answer. Bytes, because the
# garbage collector does not look at a dict of str and bytes; a million of any other objects would hold everybody up
# for a second at each full collection.
_EXPIRES = Struct("=d")
_LENGTH = Struct("=I")  # of the fingerprint


@dataclass(slots=True)
class _Claim:
    """A key that is not finished; `filed` is the bucket whose note about it counts."""

    key: LedgerKey
    fingerprint: bytes
    token: int
    since: float
    lease_until: float
    expires: float
    filed: int
    abandoned: bool = False

    def is_unknown(self, now: float) -> bool:
        return self.abandoned or now >= self.lease_until


class MemoryLedger:
    """Keys and answers in dicts under one lock.

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
        self._claims: dict[str, _Claim] = {}
        self._done: dict[str, bytes] = {}
        self._buckets: dict[int, dict[str, None]] = {}  # of names; as above, a dict rather than a list
        self._due: list[str] = []
        self._swept = int(clock.monotonic() // _BUCKET)  # buckets before this one are in `_due` or gone
        self._bytes = 0
        self._token = 0
        self._lock = threading.Lock()
        self._awaitable = InPlace(self)

    @property
    def awaitable(self) -> AsyncLedger:
        """The same ledger for an event loop."""
        return self._awaitable

    def __len__(self) -> int:
        """How many keys are held, those included that have had their time and wait for the purge."""
        return len(self._claims) + len(self._done)

    def claim(self, key: LedgerKey, fingerprint: bytes, lease: float, *, rerun: bool = False) -> Verdict:
        """Take the key for `lease` seconds if it is free, else say how it stands."""
        name = _name(key)
        with self._lock:
            now = self._clock.monotonic()
            self._sweep(now, _SHARE)
            done = self._done.get(name)
            if done is not None:
                if now < _EXPIRES.unpack_from(done)[0]:
                    return _answered(done, fingerprint)
                self._forget(name)
            elif (claim := self._claims.get(name)) is not None and now < claim.expires:
                standing = _standing(claim, fingerprint, now)
                if standing is not _UNKNOWN or not rerun:
                    return standing
            if self._is_full() and name not in self._claims:  # else it takes its own place, and nothing is forgotten
                self._sweep(now, None)
                if self._is_full():
                    raise StoreError(self._full(), retryable=True)
            self._token = token = self._token + 1
            until = now + lease
            bucket = self._note(name, until)
            self._claims[name] = _Claim(key, fingerprint, token, now, until, until + self._keep_unknown, bucket)
        return Granted(key, token)

    def renew(self, granted: Granted, lease: float) -> bool:
        """Let the claim run until `lease` seconds from now; False when it is no longer ours or no longer running."""
        with self._lock:
            now = self._clock.monotonic()
            claim = self._own(granted, now)
            if claim is None or claim.abandoned:
                return False
            claim.lease_until = now + lease
            self._expire(_name(granted.key), claim, claim.lease_until + self._keep_unknown)
            return True

    def settle(self, granted: Granted, answer: Response, keep: float) -> bool:
        """Remember the answer for `keep` seconds; False, and nothing changed, when the claim is no longer ours."""
        packed = marshal.dumps(tuple(answer))
        with self._lock:
            now = self._clock.monotonic()
            claim = self._own(granted, now)
            if claim is None:
                return False
            name = _name(granted.key)
            del self._claims[name]
            expires = now + keep
            self._done[name] = done = b"".join(
                (_EXPIRES.pack(expires), _LENGTH.pack(len(claim.fingerprint)), claim.fingerprint, packed)
            )
            self._bytes += len(done) + _OVERHEAD
            if int(expires // _BUCKET) != claim.filed:  # else there is a note already
                self._note(name, expires)
            return True

    def release(self, granted: Granted) -> bool:
        """Free the key, for nothing happened; False when the claim is no longer ours."""
        with self._lock:
            claim = self._own(granted, self._clock.monotonic())
            if claim is None or claim.abandoned:
                return False
            del self._claims[_name(granted.key)]
            return True

    def abandon(self, granted: Granted) -> bool:
        """Say that the outcome is unknown; False when the claim is no longer ours."""
        with self._lock:
            now = self._clock.monotonic()
            claim = self._own(granted, now)
            if claim is None or claim.abandoned:
                return False
            claim.abandoned = True
            self._expire(_name(granted.key), claim, now + self._keep_unknown)
            return True

    def unknown(self, most: int, *, grace: float = 0.0, after: Doubt | None = None) -> list[Doubt]:
        """At most so many claims whose outcome is unknown, oldest first."""
        with self._lock:
            now, wall = self._clock.monotonic(), self._clock.time()
            first, until = 0 if after is None else after.granted.token + 1, now - grace
            found = sorted(
                [
                    (claim.token, claim.since, claim.key)
                    for claim in self._claims.values()
                    if claim.token >= first and claim.since <= until and now < claim.expires and claim.is_unknown(now)
                ]
            )
        return [Doubt(Granted(key, token), wall - now + since) for token, since, key in found[:most]]

    def clear(self, granted: Granted) -> bool:
        """Free a key of unknown outcome, for nothing happened; False when it is not unknown."""
        with self._lock:
            now = self._clock.monotonic()
            claim = self._own(granted, now)
            if claim is None or not claim.is_unknown(now):
                return False
            del self._claims[_name(granted.key)]
            return True

    def purge(self) -> int:
        """Forget what has had its time; returns how many keys that were."""
        with self._lock:
            before = len(self)
            self._sweep(self._clock.monotonic(), None)
            return before - len(self)

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._claims.clear()
            self._done.clear()
            self._buckets.clear()
            self._due.clear()
            self._bytes = 0

    def _own(self, granted: Granted, now: float) -> _Claim | None:
        """What the claim still owns."""
        claim = self._claims.get(_name(granted.key))
        return claim if claim is not None and claim.token == granted.token and now < claim.expires else None

    def _forget(self, name: str) -> None:
        """Forget an answer."""
        self._bytes -= len(self._done.pop(name)) + _OVERHEAD

    def _note(self, name: str, moment: float) -> int:
        """Look at the key again at that moment; returns the bucket."""
        bucket = max(int(moment // _BUCKET), self._swept)
        filed = self._buckets.get(bucket)
        if filed is None:
            self._buckets[bucket] = {name: None}
        else:
            filed[name] = None
        return bucket

    def _expire(self, name: str, claim: _Claim, expires: float) -> None:
        """Set when the claim has had its time, with a new note if the one there is would come too late."""
        claim.expires = expires
        if max(int(expires // _BUCKET), self._swept) < claim.filed:
            claim.filed = self._note(name, expires)

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
            self._look(self._due.pop(), now, present)

    def _look(self, name: str, now: float, present: int) -> None:
        """Forget a key that has had its time; see to it that one that has not is looked at then."""
        done = self._done.get(name)
        if done is not None:
            (expires,) = _EXPIRES.unpack_from(done)
            if expires <= now:
                self._forget(name)
            elif int(expires // _BUCKET) <= present:
                self._note(name, expires)  # within this bucket, whose notes are being looked at early
            return
        claim = self._claims.get(name)
        if claim is None or claim.filed > present:
            return
        if claim.expires <= now:
            del self._claims[name]
        else:
            claim.filed = self._note(name, claim.expires)  # a lease that ran out, or was renewed

    def _is_full(self) -> bool:
        return len(self._claims) + len(self._done) >= self._limit_entries or self._bytes >= self._limit_bytes

    def _full(self) -> str:
        return (
            f"the memory ledger is full ({len(self)} keys, {self._bytes} bytes of answers): "
            "remember answers for a shorter time, or use a ledger on disk"
        )


def _name(key: LedgerKey) -> str:
    return f"{len(key.scope)} {key.scope}{key.key}"  # with the length, for both parts may hold any separator


def _answered(done: bytes, fingerprint: bytes) -> Finished | Mismatch:
    """What a finished key says to a request with this fingerprint."""
    start = _EXPIRES.size + _LENGTH.size
    end = start + _LENGTH.unpack_from(done, _EXPIRES.size)[0]
    if done[start:end] != fingerprint:
        return _MISMATCH
    return Finished(Response(*marshal.loads(memoryview(done)[end:])))  # noqa: S302 - what we have packed ourselves


def _standing(claim: _Claim, fingerprint: bytes, now: float) -> Verdict:
    """How a key stands that is neither free nor finished."""
    if claim.fingerprint != fingerprint:
        return _MISMATCH
    if claim.is_unknown(now):
        return _UNKNOWN
    return Running(retry_after(now - claim.since, claim.lease_until - now))
