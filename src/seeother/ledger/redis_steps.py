# SPDX-License-Identifier: Apache-2.0
"""The steps of a claim as Lua scripts for Redis and Valkey, what they are given, and what their replies mean.

One hash a key, which Redis itself forgets when its time is up:

    f fingerprint   t token   n nonce of the last call that moved it
    s state: 0 running, 1 declared unknown, 2 finished, 3 freed (for a minute, for who asks again)
    b since         l lease until   x expires (all in microseconds since the Unix epoch)   a answer, once finished

Beside them a sorted set of what is not finished, by age, and a hash that gives the tokens. A script runs alone, and
reads the server's clock, so that leases do not hang on the clocks of many machines.

A connection can be lost after a script has run and before its reply is read. So a call can be made `again`: what the
key was moved by it knows by the call's nonce. Where others have moved it since, nobody can tell, and it is not guessed.
"""

import os
from dataclasses import dataclass, field
from hashlib import sha1
from typing import NamedTuple

from seeother.message import Response
from seeother.policy import Doubt, Finished, Granted, LedgerKey, Mismatch, Running, Unknown, Verdict

from .packing import packed, unpacked
from .port import retry_after

MICRO = 1_000_000
_KEYS = b"3"
_UNKNOWN, _MISMATCH, _FORGOTTEN, _UNTOLD = 0, -1, -2, -3

Reply = int | bytes | list["Reply"] | None


class Forgotten(Exception):  # noqa: N818 - it says what happened
    """The store no longer knows of a claim that it granted: it has lost data."""


class Untold(Exception):  # noqa: N818 - as above
    """The call was made again, and meanwhile others have moved the key: whether the first one did cannot be told."""


# ARGV of each script: the time ("" for the server's), "1" when it is made again, the moment after which a claim is
# not to be granted any more ("" for none), then its own. A reply's numbers are exact up to 2^53, which microseconds
# reach in the year 2255.
_HEAD = """
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local again = ARGV[2] == '1'
local function whole(number) return string.format('%.0f', number) end
-- A minute longer than it counts: a clock that is set back finds it still.
local function keep(key, until_) redis.call('PEXPIRE', key, whole((until_ - now) / 1000 + 60000)) end
local function forget(key) redis.call('DEL', key); redis.call('ZREM', KEYS[2], key) end
"""
# What moves a claim is given its token and the call's nonce first.
_OWN = """
local token, nonce, more = ARGV[4], ARGV[5], ARGV[6]
local t, s, x, n, l = unpack(redis.call('HMGET', KEYS[1], 't', 's', 'x', 'n', 'l'))
local mine = t == token and now < tonumber(x)
local function no() return again and (n == nonce and 1 or -3) or 0 end
local function free()
  redis.call('HSET', KEYS[1], 's', '3', 'x', whole(now), 'n', nonce)
  keep(KEYS[1], now)
  redis.call('ZREM', KEYS[2], KEYS[1])
  return 1
end
"""
_CLAIM = """
local print, lease, keep_unknown, rerun, nonce = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7], ARGV[8]
local f, s, l, x, t, n, b, a = unpack(redis.call('HMGET', KEYS[1], 'f', 's', 'l', 'x', 't', 'n', 'b', 'a'))
if f and now < tonumber(x) then
  if again and n == nonce and s == '0' then return tonumber(t) end
  if f ~= print then return -1 end
  if s == '2' then return a end
  if s == '0' and now < tonumber(l) then return {now - b, l - now} end
  if rerun ~= '1' then return 0 end
end
if ARGV[3] ~= '' and now > tonumber(ARGV[3]) then return {now} end
-- Counted from the present moment, so that a server that has lost all its data gives no token a second time.
local token = redis.call('HINCRBY', KEYS[3], 'last', 1)
if token == 1 then
  token = now
  redis.call('HSET', KEYS[3], 'first', whole(now), 'last', whole(now))
end
local until_ = now + lease
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'f', print, 's', '0', 'l', whole(until_), 'x', whole(until_ + keep_unknown),
  't', whole(token), 'n', nonce, 'b', whole(now))
keep(KEYS[1], until_ + keep_unknown)
redis.call('ZADD', KEYS[2], whole(now), KEYS[1])
-- Each claim looks at two that may have had their time, so the set does not grow for ever.
for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', whole(now - keep_unknown), 'LIMIT', 0, 2)) do
  local ends = redis.call('HGET', old, 'x')
  if not ends or tonumber(ends) <= now then forget(old) end
end
return token
"""
_RENEW = """
if not mine or s ~= '0' then return no() end
local until_ = now + more
redis.call('HSET', KEYS[1], 'l', whole(until_), 'x', whole(until_ + ARGV[7]), 'n', nonce)
keep(KEYS[1], until_ + ARGV[7])
return 1
"""
_SETTLE = """
if not t then
  local first, last = unpack(redis.call('HMGET', KEYS[3], 'first', 'last'))
  if not first or tonumber(token) < tonumber(first) or tonumber(token) > tonumber(last) then return -2 end
end
if not mine or s == '2' then return no() end
redis.call('HSET', KEYS[1], 's', '2', 'x', whole(now + more), 'n', nonce, 'a', ARGV[7])
keep(KEYS[1], now + more)
redis.call('ZREM', KEYS[2], KEYS[1])
return 1
"""
_RELEASE = """
if not mine or s ~= '0' then return no() end
return free()
"""
_ABANDON = """
if not mine or s ~= '0' then return no() end
redis.call('HSET', KEYS[1], 's', '1', 'x', whole(now + more), 'n', nonce)
keep(KEYS[1], now + more)
return 1
"""
_CLEAR = """
if not mine or s == '2' or (s == '0' and now < tonumber(l)) then return no() end
return free()
"""
# Of a claim, by its own nonce, for its owner never heard of the token. What was taken while its outcome was unknown is
# unknown again, and not free: nobody has found out.
_WITHDRAW = """
local nonce, rerun, keep_unknown = ARGV[4], ARGV[5], ARGV[6]
local s, x, n = unpack(redis.call('HMGET', KEYS[1], 's', 'x', 'n'))
if n ~= nonce or s ~= '0' or now >= tonumber(x) then return 0 end
local until_ = now
if rerun == '1' then
  until_ = now + keep_unknown
  redis.call('HSET', KEYS[1], 's', '1', 'x', whole(until_))
else
  redis.call('HSET', KEYS[1], 's', '3', 'x', whole(until_))
  redis.call('ZREM', KEYS[2], KEYS[1])
end
keep(KEYS[1], until_)
return 1
"""
# At most 10,000 are looked at, for everybody else waits. Behind whom it begins: KEYS[1], of this age; gone, all as old.
_OPEN = """
local most, until_, after = tonumber(ARGV[4]), now - ARGV[5], ARGV[6]
local first, gone, found, seen = 0, 0, {}, 0
if after ~= '' then
  local there = redis.call('ZSCORE', KEYS[2], KEYS[1])
  if there and tonumber(there) == tonumber(after) then first = redis.call('ZRANK', KEYS[2], KEYS[1]) + 1
  else first = redis.call('ZCOUNT', KEYS[2], '-inf', '(' .. after) end
end
while seen < 10000 and #found < most do
  local some = redis.call('ZRANGE', KEYS[2], first + seen - gone, first + seen - gone + 99)
  if #some == 0 then break end
  for _, key in ipairs(some) do
    seen = seen + 1
    local t, s, x, l, b = unpack(redis.call('HMGET', key, 't', 's', 'x', 'l', 'b'))
    if not t or tonumber(x) <= now then
      forget(key)
      gone = gone + 1
    elseif #found < most and tonumber(b) <= until_ and (s == '1' or tonumber(l) <= now) then
      table.insert(found, {key, tonumber(t), tonumber(b)})
    end
  end
end
return {gone, found}
"""


@dataclass(frozen=True, slots=True)
class Script:
    """A script and the name under which the server keeps it."""

    text: bytes
    digest: bytes = field(init=False)

    def __post_init__(self) -> None:
        """Name it as Redis does."""
        object.__setattr__(self, "digest", sha1(self.text, usedforsecurity=False).hexdigest().encode())


_CLAIM_SCRIPT, _WITHDRAW_SCRIPT, _OPEN_SCRIPT = (Script((_HEAD + body).encode()) for body in (_CLAIM, _WITHDRAW, _OPEN))
_RENEW_SCRIPT, _SETTLE_SCRIPT, _RELEASE_SCRIPT, _ABANDON_SCRIPT, _CLEAR_SCRIPT = (
    Script((_HEAD + _OWN + move).encode()) for move in (_RENEW, _SETTLE, _RELEASE, _ABANDON, _CLEAR)
)


class Call(NamedTuple):
    """One run of a script; `expires` tells that it is not to take effect when it comes too late."""

    script: Script
    keys: tuple[bytes, bytes, bytes]
    now: bytes
    own: tuple[bytes, ...]
    expires: bool = False

    @property
    def size(self) -> int:
        """Bytes of the largest that it is given."""
        return len(self.own[-1])

    def command(self, *, again: bool = False, not_after: bytes = b"", whole: bool = False) -> tuple[bytes, ...]:
        """The command; `whole` brings the script along, for a server that does not have it yet."""
        script = (b"EVAL", self.script.text) if whole else (b"EVALSHA", self.script.digest)
        late = not_after if self.expires else b""
        return (*script, _KEYS, *self.keys, self.now, b"1" if again else b"", late, *self.own)


class Steps:
    """Makes the calls for one ledger, whose keys in Redis all begin with `prefix`."""

    __slots__ = ("_claims", "_keep_unknown", "_open", "_tokens")

    def __init__(self, prefix: str, keep_unknown: float) -> None:
        """An unknown outcome blocks its key for `keep_unknown` seconds."""
        tag = b"{%s}:" % prefix.encode()  # in braces: what a cluster keeps together
        self._claims = tag + b"claim:"
        self._open = tag + b"open"
        self._tokens = tag + b"tokens"
        self._keep_unknown = _micro(keep_unknown)

    def claim(self, key: LedgerKey, print_: bytes, lease: float, *, rerun: bool, now: bytes) -> Call:
        """Take the key if it is free; the reply is for `verdict`."""
        own = (print_, _micro(lease), self._keep_unknown, b"1" if rerun else b"", os.urandom(8))
        return Call(_CLAIM_SCRIPT, self._keys(key), now, own, expires=not now)

    def withdraw(self, claim: Call, *, now: bytes) -> Call:
        """Take a claim back of whose reply nobody has heard, whatever became of it; may be made any number of times."""
        *_, rerun, nonce = claim.own
        return Call(_WITHDRAW_SCRIPT, claim.keys, now, (nonce, rerun, self._keep_unknown))

    def renew(self, granted: Granted, lease: float, *, now: bytes) -> Call:
        """Let the claim run for longer; the reply of this and the following calls is for `moved`."""
        return Call(_RENEW_SCRIPT, self._keys(granted.key), now, (*_own(granted), _micro(lease), self._keep_unknown))

    def settle(self, granted: Granted, answer: Response, keep: float, *, now: bytes) -> Call:
        """Remember the answer."""
        return Call(_SETTLE_SCRIPT, self._keys(granted.key), now, (*_own(granted), _micro(keep), packed(answer)))

    def release(self, granted: Granted, *, now: bytes) -> Call:
        """Free the key."""
        return Call(_RELEASE_SCRIPT, self._keys(granted.key), now, _own(granted))

    def abandon(self, granted: Granted, *, now: bytes) -> Call:
        """Say that the outcome is unknown."""
        return Call(_ABANDON_SCRIPT, self._keys(granted.key), now, (*_own(granted), self._keep_unknown))

    def clear(self, granted: Granted, *, now: bytes) -> Call:
        """Free a key of unknown outcome."""
        return Call(_CLEAR_SCRIPT, self._keys(granted.key), now, _own(granted))

    def open(self, most: int, *, grace: float = 0.0, after: Doubt | None = None, now: bytes) -> Call:
        """Find unknown outcomes, oldest first, and forget what has had its time; the reply is for `doubts`."""
        keys = (self._open, self._open, self._tokens) if after is None else self._keys(after.granted.key)
        since = b"" if after is None else _micro(after.since)
        return Call(_OPEN_SCRIPT, keys, now, (b"%d" % most, _micro(grace), since))

    def doubts(self, reply: Reply) -> tuple[int, list[Doubt]]:
        """How many were forgotten, and the unknown ones."""
        match reply:
            case [int(gone), list(found)]:
                return gone, [self._doubt(one) for one in found]
            case _:
                raise _strange(reply)

    def _doubt(self, reply: Reply) -> Doubt:
        match reply:
            case [bytes(name), int(token), int(since)]:
                length, _, both = name[len(self._claims) :].partition(b":")
                scope, key = both[: int(length)], both[int(length) :]
                key_ = LedgerKey(scope.decode(errors="surrogatepass"), key.decode(errors="surrogatepass"))
                return Doubt(Granted(key_, token), since / MICRO)
            case _:
                raise _strange(reply)

    def _keys(self, key: LedgerKey) -> tuple[bytes, bytes, bytes]:
        scope = key.scope.encode(errors="surrogatepass")
        name = b"%s%d:%s%s" % (self._claims, len(scope), scope, key.key.encode(errors="surrogatepass"))
        return (name, self._open, self._tokens)


def verdict(key: LedgerKey, reply: Reply) -> Verdict | None:
    """What a claim was told; None when it came too late to be granted."""
    match reply:
        case bytes():
            return Finished(unpacked(reply))
        case [int(elapsed), int(left)]:
            return Running(retry_after(elapsed / MICRO, left / MICRO))
        case [int()]:
            return None
        case int() if reply > 0:
            return Granted(key, reply)
        case int() if reply == _UNKNOWN:
            return Unknown()
        case int() if reply == _MISMATCH:
            return Mismatch()
        case _:
            raise _strange(reply)


def is_granted(reply: Reply) -> bool:
    """Whether a claim took its key."""
    return isinstance(reply, int) and reply > 0


def is_late(reply: Reply) -> bool:
    """Whether a claim came too late; the reply then tells the server's time."""
    return isinstance(reply, list) and len(reply) == 1


def moved(reply: Reply) -> bool:
    """Whether the claim was the caller's and has been moved on; Forgotten when the store has lost it, or Untold."""
    if reply == _FORGOTTEN:
        raise Forgotten
    if reply == _UNTOLD:
        raise Untold
    return reply == 1


def _micro(seconds: float) -> bytes:
    return b"%d" % round(seconds * MICRO)


def _own(granted: Granted) -> tuple[bytes, bytes]:
    """The token, and a nonce for the call."""
    return b"%d" % granted.token, os.urandom(8)


def _strange(reply: Reply) -> ValueError:
    return ValueError(f"not a reply of our scripts: {reply!r}")
