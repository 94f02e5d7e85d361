# SPDX-License-Identifier: Apache-2.0
"""A ledger in Redis or Valkey, for sites of several machines.

Every step is one script, so that nobody sees half of it, and leases run by the server's clock. What Redis has answered
is as durable as its own settings make it: `appendonly yes` with `appendfsync always` survives a crash; a replica that
takes over may not know the last claims.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import redis.asyncio.connection as for_loops
import redis.connection as for_threads

from seeother.clock import Clock
from seeother.errors import SettingsError, StoreError
from seeother.message import Response
from seeother.policy import Doubt, Granted, LedgerKey, Verdict

from .hang_timer import PATIENCE_SECONDS
from .loop_thread import LoopThread
from .port import UNKNOWN_SECONDS, AsyncLedger
from .redis_fitness import Fitness, Unfit
from .redis_line import Line, Wire
from .redis_steps import MICRO, Call, Forgotten, Reply, Steps, Untold, moved, verdict
from .redis_threads import Threads, ThreadWire

_SHARE = 0.75  # of the patience, for one wait of a thread: there are two at the most, and one of them short
_FORGOTTEN = (
    "the ledger's Redis has forgotten a claim that it granted, so it has lost data, by a restart or a flush: "
    'set "appendonly yes" and "appendfsync always", and look into the actions of the last minutes'
)
_UNTOLD = "the connection was lost during a call, and meanwhile others have moved the key: nobody can tell what it did"
_TOO_LATE = "the ledger's Redis did not take the claim in time"
_LOOK_AT = 1_000_000  # unknown outcomes, in a purge


class RedisLedger:
    """Keys and answers in one Redis; each event loop has one connection, threads have one a call at a time."""

    blocking = True

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "seeother",
        eviction_accepted: bool = False,
        loss_accepted: bool = False,
        patience: float = PATIENCE_SECONDS,
        clock: Clock | None = None,
        keep_unknown: float = UNKNOWN_SECONDS,
    ) -> None:
        """Look whether the server is fit, if it is there now; SettingsError with the cure when it is not.

        All keys in Redis begin with `prefix`. A server that does not answer within `patience` seconds is away. With a
        `clock` leases run by that instead of the server's, which is the one that all processes share.
        """
        self._url = url
        self._patience = patience
        self._clock = clock
        self._steps = Steps(prefix, keep_unknown)
        self._fitness = Fitness(eviction_accepted=eviction_accepted, loss_accepted=loss_accepted)
        self._aside = LoopThread("seeother returns")
        self._threads = Threads(self._for_thread, self._fitness, patience, self._give_back)
        self._lock = threading.Lock()
        self._lines: dict[asyncio.AbstractEventLoop, Line] = {}
        self._awaitable = _Awaitable(self._steps, self._line, self._now)
        try:
            self._threads.meet()
        except Unfit as error:
            raise SettingsError("ledger.url", without_password(url), str(error)) from error
        except StoreError:
            pass  # a site starts without its ledger too, and each claim tells that it is away

    @property
    def awaitable(self) -> AsyncLedger:
        """The same ledger for an event loop; calls that are made in one turn of it leave as one pipeline."""
        return self._awaitable

    def claim(self, key: LedgerKey, fingerprint: bytes, lease: float, *, rerun: bool = False) -> Verdict:
        """Take the key for `lease` seconds if it is free, else say how it stands; `rerun` takes an unknown one too."""
        call = self._steps.claim(key, fingerprint, lease, rerun=rerun, now=self._now())
        return _verdict(key, self._threads.ask(call, lambda: self._steps.withdraw(call, now=self._now())))

    def renew(self, granted: Granted, lease: float) -> bool:
        """Let the claim run until `lease` seconds from now; False when it is no longer ours or no longer running."""
        return _moved(self._threads.ask(self._steps.renew(granted, lease, now=self._now())))

    def settle(self, granted: Granted, answer: Response, keep: float) -> bool:
        """Remember the answer for `keep` seconds; False, and nothing changed, when the claim is no longer ours."""
        return _moved(self._threads.end(self._steps.settle(granted, answer, keep, now=self._now())))

    def release(self, granted: Granted) -> bool:
        """Free the key, for nothing happened; False when the claim is no longer ours."""
        return _moved(self._threads.end(self._steps.release(granted, now=self._now())))

    def abandon(self, granted: Granted) -> bool:
        """Say that the outcome is unknown; False when the claim is no longer ours."""
        return _moved(self._threads.end(self._steps.abandon(granted, now=self._now())))

    def unknown(self, most: int, *, grace: float = 0.0, after: Doubt | None = None) -> list[Doubt]:
        """At most so many claims whose outcome is unknown, oldest first."""
        call = self._steps.open(most, grace=grace, after=after, now=self._now())
        _, doubts = self._steps.doubts(self._threads.ask(call))
        return doubts

    def clear(self, granted: Granted) -> bool:
        """Free a key of unknown outcome, for nothing happened; False when it is not unknown."""
        return _moved(self._threads.end(self._steps.clear(granted, now=self._now())))

    def purge(self) -> int:
        """Forget unknown outcomes that have had their time; Redis forgets answers by itself and does not count them."""
        gone, _ = self._steps.doubts(self._threads.ask(self._steps.open(_LOOK_AT, now=self._now())))
        return gone

    def close(self) -> None:
        """Close the connections, those of event loops too."""
        with self._lock:
            lines, self._lines = self._lines, {}
        for line in lines.values():
            line.close()
        self._threads.close()
        self._aside.close()

    def _give_back(self, call: Call, due: float) -> None:
        """Take a claim back for a thread, which waits no longer."""
        self._aside.begin(lambda: self._line().give_back(call, due))

    def _now(self) -> bytes:
        """The time that a script goes by; nothing where it is the server's."""
        return b"" if self._clock is None else b"%d" % round(self._clock.time() * MICRO)

    def _line(self) -> Line:
        """The connection of the running event loop."""
        loop = asyncio.get_running_loop()
        line = self._lines.get(loop)
        if line is None:
            with self._lock:
                for gone in [each for each in self._lines if each.is_closed()]:
                    del self._lines[gone]
                line = self._lines[loop] = Line(self._for_loop, self._fitness, self._patience)
        return line

    def _for_loop(self) -> Wire:
        settings, kind = self._settings(for_loops)
        wire: Wire = kind(**settings, socket_timeout=None, socket_connect_timeout=self._patience)
        return wire

    def _for_thread(self) -> ThreadWire:
        settings, kind = self._settings(for_threads)
        wait = _SHARE * self._patience
        wire: ThreadWire = kind(**settings, socket_timeout=wait, socket_connect_timeout=wait)
        return wire

    def _settings(self, side: Any) -> tuple[dict[str, Any], Any]:  # noqa: ANN401 - one of two modules that are alike
        """What redis-py makes of the address, and its kind of connection; it never tries again by itself."""
        settings: dict[str, Any] = {**side.parse_url(self._url), "protocol": 2}
        return settings, settings.pop("connection_class", side.Connection)


class _Awaitable:
    """The ledger for event loops."""

    __slots__ = ("_line", "_now", "_steps")

    def __init__(self, steps: Steps, line: Callable[[], Line], now: Callable[[], bytes]) -> None:
        self._steps = steps
        self._line = line
        self._now = now

    async def claim(self, key: LedgerKey, fingerprint: bytes, lease: float, *, rerun: bool = False) -> Verdict:
        """Take the key for `lease` seconds if it is free, else say how it stands."""
        call = self._steps.claim(key, fingerprint, lease, rerun=rerun, now=self._now())
        return _verdict(key, await self._line().ask(call, lambda: self._steps.withdraw(call, now=self._now())))

    async def renew(self, granted: Granted, lease: float) -> bool:
        """Let the claim run until `lease` seconds from now."""
        return _moved(await self._line().ask(self._steps.renew(granted, lease, now=self._now())))

    async def settle(self, granted: Granted, answer: Response, keep: float) -> bool:
        """Remember the answer for `keep` seconds."""
        return _moved(await self._line().end(self._steps.settle(granted, answer, keep, now=self._now())))

    async def release(self, granted: Granted) -> bool:
        """Free the key, for nothing happened."""
        return _moved(await self._line().end(self._steps.release(granted, now=self._now())))

    async def abandon(self, granted: Granted) -> bool:
        """Say that the outcome is unknown."""
        return _moved(await self._line().end(self._steps.abandon(granted, now=self._now())))


def open_redis(url: str, *, clock: Clock | None, keep_unknown: float) -> RedisLedger:
    """The ledger at an address that `check_address` has passed; SettingsError when the server is unfit."""
    parts = urlsplit(url)
    options = {name: values[0] for name, values in parse_qs(parts.query).items()}
    theirs = urlencode({name: value for name, value in options.items() if name.startswith("ssl_")})
    return RedisLedger(
        urlunsplit(parts._replace(query=theirs)),
        prefix=options.get("prefix", "seeother"),
        eviction_accepted=options.get("eviction") == "accepted",
        loss_accepted=options.get("loss") == "accepted",
        patience=float(options.get("patience", PATIENCE_SECONDS)),
        clock=clock,
        keep_unknown=keep_unknown,
    )


def without_password(url: str) -> str:
    """An address to show."""
    return "…" if "@" in url else url


def _verdict(key: LedgerKey, reply: Reply) -> Verdict:
    found = verdict(key, reply)
    if found is None:
        raise StoreError(_TOO_LATE, retryable=True)
    return found


def _moved(reply: Reply) -> bool:
    try:
        return moved(reply)
    except Forgotten:
        raise StoreError(_FORGOTTEN) from None
    except Untold:
        raise StoreError(_UNTOLD) from None
