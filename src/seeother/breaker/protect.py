# SPDX-License-Identifier: Apache-2.0
"""A breaker around plain functions, async and sync, with a fallback.

stock = Breaker("inventory")

@protect(stock, fallback=ask_the_cache)
async def in_stock(sku: str) -> int: ...
"""

import functools
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from math import inf
from types import CoroutineType
from typing import Any, ParamSpec, TypeVar, cast

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.errors import CallerError, CallRefused

from .answer import answer_judge, retry_after_of
from .breaker import Breaker
from .deadline import current_deadline
from .outcome import Outcome, judge_error
from .refusal import Reason, Rejected
from .timeout import Timeouts

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

_NONE = object()  # no fallback; None may be one
_SUCCESS = Outcome.SUCCESS
_PLAIN: frozenset[type] = frozenset(
    {bool, bytes, dict, float, int, list, str, tuple, type(None)}
)  # no HTTP client's answers

_Judging = tuple[Callable[[Any], Outcome], frozenset[type]]  # a judge, and the types that need none


class _Ending:
    """What happens at the end of calls that did not succeed."""

    __slots__ = ("_breaker", "_clock", "_fallback", "_judge_error")

    def __init__(
        self, breaker: Breaker, clock: Clock, judge_error: Callable[[BaseException], Outcome], fallback: object
    ) -> None:
        self._breaker = breaker
        self._clock = clock
        self._judge_error = judge_error
        self._fallback = fallback

    def refused(self, reason: Reason, retry_after: float) -> object:
        """The fallback, else raises CallRefused."""
        error = CallRefused(self._breaker.name, reason, retry_after)
        if self._fallback is _NONE:
            raise error
        return self._instead(error)

    def raised(self, ticket: int, started: float, error: BaseException, *, was_short: bool) -> object:
        """Count the error; the fallback where it is a failure, else raises it."""
        outcome, now = self._judge_error(error), self._clock.monotonic()
        if outcome is Outcome.TIMEOUT and was_short and now - started < self._breaker.policy.slow_seconds:
            self._breaker.finish(ticket, started, now, Outcome.CANCELLED)  # its caller was late, not the other side
        else:
            self._breaker.finish(ticket, started, now, outcome)
        is_failure = outcome.is_failure or isinstance(error, CallRefused)  # of a breaker further in
        if self._fallback is _NONE or not is_failure:
            raise error
        return self._instead(error)

    def returned(self, ticket: int, started: float, result: object, outcome: Outcome) -> object:
        """Count a result that is no success; the fallback where it is a failure."""
        asked = retry_after_of(result, self._clock.time())
        self._breaker.finish(ticket, started, self._clock.monotonic(), outcome, retry_after=asked)
        if self._fallback is _NONE or not outcome.is_failure:
            return result
        return self._instead(result)

    def _instead(self, cause: object) -> object:
        return self._fallback(cause) if callable(self._fallback) else self._fallback


async def _awaited(value: object) -> object:
    return await value if inspect.isawaitable(value) else value


def protect(
    breaker: Breaker,
    *,
    judge: Callable[[Any], Outcome] | None = None,
    judge_error: Callable[[BaseException], Outcome] = judge_error,
    fallback: object = _NONE,
    clock: Clock = SYSTEM_CLOCK,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Have calls of a function pass the breaker; an async one is ended after the policy's timeout.

    Raises CallRefused where the call is not made, TimeoutError where it was ended, and what the function raises. With
    `fallback`, a value or a function that may be async, refused and failed calls get that instead; the function is
    given the exception or the failing result. Answers of HTTP clients are judged by their status, unless `judge` says
    otherwise. The current deadline cuts the timeout; no time left is a refusal. A sync function cannot be ended: what
    it returns after the timeout counts as slow. Raises CallerError for generators and for sync functions that return
    coroutines: a breaker would take them for successes before they have begun.
    """
    plain = _PLAIN if judge is None else frozenset[type]()
    judge = judge or answer_judge(breaker.policy.failing)
    ending = _Ending(breaker, clock, judge_error, fallback)

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise CallerError(f"{function!r} is a generator: its call ends before its work begins")
        if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__):
            later = cast("Callable[P, Coroutine[Any, Any, Any]]", function)
            protected = _protect_async(later, breaker, (judge, plain), clock, ending)
            return cast("Callable[P, R]", functools.wraps(function)(protected))
        return functools.wraps(function)(_protect_sync(function, breaker, (judge, plain), clock, ending))

    return decorate


def _protect_async(
    function: Callable[P, Coroutine[Any, Any, T]],
    breaker: Breaker,
    judging: _Judging,
    clock: Clock,
    ending: _Ending,
) -> Callable[P, Awaitable[T]]:
    admit, finish, monotonic, timeout = breaker.admit, breaker.finish, clock.monotonic, breaker.policy.timeout_seconds
    judge, plain = judging
    rest = Timeouts(timeout).rest
    longest = inf if timeout is None else timeout

    async def call(*args: P.args, **kwargs: P.kwargs) -> Any:  # noqa: ANN401 - T, or what the fallback gives
        started, seconds = monotonic(), timeout
        deadline = current_deadline()
        if deadline is not None and (left := deadline.at - started) < longest:
            if left <= 0:
                return await _awaited(ending.refused(Reason.DEADLINE, 0.0))
            seconds = left
        ticket = admit(started)
        if type(ticket) is Rejected:
            return await _awaited(ending.refused(ticket.reason, ticket.retry_after))
        try:
            coroutine = function(*args, **kwargs)
            try:
                first = coroutine.send(None)
            except StopIteration as stop:  # it never waited
                result = stop.value
            else:
                result = await rest(coroutine, first, seconds)
            outcome = _SUCCESS if type(result) in plain else judge(result)
        except BaseException as error:  # noqa: BLE001 - each end of a call is counted
            return await _awaited(ending.raised(ticket, started, error, was_short=seconds is not timeout))
        if outcome is not _SUCCESS:
            return await _awaited(ending.returned(ticket, started, result, outcome))
        finish(ticket, started, monotonic())
        return result

    return call


def _protect_sync(
    function: Callable[P, R], breaker: Breaker, judging: _Judging, clock: Clock, ending: _Ending
) -> Callable[P, R]:
    admit, finish, monotonic = breaker.admit, breaker.finish, clock.monotonic
    judge, plain = judging

    def call(*args: P.args, **kwargs: P.kwargs) -> Any:  # noqa: ANN401 - R, or what the fallback gives
        started = monotonic()
        deadline = current_deadline()
        if deadline is not None and deadline.is_over(started):
            return ending.refused(Reason.DEADLINE, 0.0)
        ticket = admit(started)
        if isinstance(ticket, Rejected):
            return ending.refused(ticket.reason, ticket.retry_after)
        try:
            result = function(*args, **kwargs)
            if isinstance(result, CoroutineType):
                result.close()
                raise CallerError(f"{function!r} is no async function and gives a coroutine: nobody would see its end")  # noqa: TRY301 - counted as no verdict
            outcome = _SUCCESS if type(result) in plain else judge(result)
        except BaseException as error:  # noqa: BLE001 - each end of a call is counted
            return ending.raised(ticket, started, error, was_short=False)
        if outcome is not _SUCCESS:
            return ending.returned(ticket, started, result, outcome)
        finish(ticket, started, monotonic())
        return result

    return call
