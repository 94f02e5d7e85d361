# SPDX-License-Identifier: Apache-2.0
"""Connections to Redis for threads: each call has one to itself, and those at rest are used again."""

import os
import threading
import time
from collections.abc import Callable
from typing import Protocol

from redis.exceptions import ConnectionError as LostError
from redis.exceptions import NoScriptError, RedisError, ResponseError

from seeother.errors import StoreError

from .hang_timer import ENDING_SECONDS, PAUSE_SECONDS
from .redis_fitness import QUESTIONS, Fitness, server_time
from .redis_line import as_sent, server_ahead, told
from .redis_steps import MICRO, Call, Reply, is_late


class ThreadWire(Protocol):
    """What is used of a plain connection of redis-py, which is not typed."""

    def connect(self) -> None:
        """Connect, and say who we are."""
        ...

    def disconnect(self) -> None:
        """Close."""
        ...

    def send_packed_command(self, command: list[bytes], check_health: bool = True) -> None:  # noqa: FBT001, FBT002 - as there
        """Send bytes."""
        ...

    def read_response(self, disable_decoding: bool = False) -> Reply:  # noqa: FBT001, FBT002 - as there
        """The next reply; raises what the server refuses."""
        ...


class _Connected:
    """A connection, and how far the server's clock is ahead of ours at most."""

    __slots__ = ("ahead", "line")

    def __init__(self, line: ThreadWire, ahead: float) -> None:
        self.line = line
        self.ahead = ahead


class _Heard:
    """What is known of a call: whether the server may have carried it out, and its reply was not read."""

    __slots__ = ("is_open",)

    def __init__(self, *, is_open: bool) -> None:
        self.is_open = is_open


class Threads:
    """The connections of one process; a child made by fork begins with none."""

    def __init__(
        self,
        connect: Callable[[], ThreadWire],
        fitness: Fitness,
        patience: float,
        give_back: Callable[[Call, float], None],
    ) -> None:
        """Nothing is opened until something is asked; `give_back` has a call made from a moment on, by whom it can."""
        self._give_back = give_back
        self._patience = patience
        self._connect = connect
        self._fitness = fitness
        self._lock = threading.Lock()
        self._resting: list[_Connected] = []
        self._process = os.getpid()

    def end(self, call: Call) -> Reply:
        """The reply to a call that ends a claim: tried again for a while when the server is away."""
        limit = time.monotonic() + ENDING_SECONDS
        again = False
        while True:
            try:
                return self.ask(call, again=again)
            except StoreError as error:
                if not error.retryable or time.monotonic() >= limit:
                    raise
            again = True
            time.sleep(PAUSE_SECONDS)

    def ask(self, call: Call, undo: Callable[[], Call] | None = None, *, again: bool = False) -> Reply:
        """The reply to a call, made once more when the connection was lost and there is time; else StoreError.

        `undo` makes the call that takes a claim back of which nobody has heard.
        """
        deadline = time.monotonic() + self._patience
        heard = _Heard(is_open=again)
        try:
            return self._asked(call, deadline, heard, again=again)
        except BaseException:
            if heard.is_open and undo is not None:
                self._give_back(undo(), deadline)
            raise

    def _asked(self, call: Call, deadline: float, heard: "_Heard", *, again: bool) -> Reply:
        fresh = False
        while True:
            try:
                connected = self._taken(fresh=fresh)
                try:
                    reply = _exchange(connected, call, deadline, heard, again=again)
                except BaseException as error:
                    if not isinstance(error, ResponseError):
                        connected.line.disconnect()
                    raise
            except (LostError, OSError) as error:
                if fresh or time.monotonic() >= deadline:
                    raise told(error) from error
                again = fresh = True
            except RedisError as error:
                raise told(error) from error
            else:
                with self._lock:
                    self._resting.append(connected)
                return reply

    def meet(self) -> None:
        """Open a connection and close it, for what is said on the way; StoreError when the server is away or unfit."""
        try:
            self._opened().line.disconnect()
        except (RedisError, OSError) as error:
            raise told(error) from error

    def close(self) -> None:
        """Close the connections that rest; one that is used closes when its process ends."""
        with self._lock:
            resting, self._resting = self._resting, []
        for connected in resting:
            connected.line.disconnect()

    def _taken(self, *, fresh: bool) -> _Connected:
        with self._lock:
            if self._process != os.getpid():
                self._process = os.getpid()
                self._resting = []
            if self._resting and not fresh:
                return self._resting.pop()
        return self._opened()

    def _opened(self) -> _Connected:
        line = self._connect()
        try:
            line.connect()
            line.send_packed_command([as_sent(question) for question in QUESTIONS], check_health=False)
            replies: list[Reply | Exception] = []
            for _ in QUESTIONS:
                try:
                    replies.append(line.read_response(disable_decoding=True))
                except LostError:
                    raise
                except ResponseError as error:
                    replies.append(error)
            ahead = server_time(replies) - time.monotonic()
            self._fitness.judge(replies)
        except BaseException:
            line.disconnect()
            raise
        return _Connected(line, ahead)


def _exchange(connected: _Connected, call: Call, deadline: float, heard: _Heard, *, again: bool) -> Reply:
    """The reply, with the script sent along where the server does not have it, and the clock read anew if it jumped."""
    whole = False
    while True:
        command = call.command(again=again, not_after=b"%d" % ((deadline + connected.ahead) * MICRO), whole=whole)
        was_open, heard.is_open = heard.is_open, True
        connected.line.send_packed_command([as_sent(command)], check_health=False)
        try:
            reply: Reply = connected.line.read_response(disable_decoding=True)
        except NoScriptError:
            whole = True
            heard.is_open = was_open
            continue
        except LostError:
            raise
        except ResponseError:
            heard.is_open = was_open
            raise
        heard.is_open = False
        if call.expires and is_late(reply) and time.monotonic() < deadline:
            connected.ahead = server_ahead(reply, time.monotonic())
            continue
        return reply
