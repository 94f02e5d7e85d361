# SPDX-License-Identifier: Apache-2.0
"""Points at which a process can be made to die, around the calls of whatever class; for crash tests.

    with killing("before commit", SessionJoined):     # in a child process that a test has started (`Life`)
        serve()

Nothing in the product knows of it: while the block lasts, one method is wrapped.
"""

import inspect
import os
import signal
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

_WHEN = ("before", "after")


@contextmanager
def killing(point: str, *owners: type, n: int = 1, by: signal.Signals = signal.SIGKILL) -> Generator[None]:
    """Die by SIGKILL at the n-th time in the block that a point is reached; `by` SIGSTOP, fall asleep instead.

    A point is "before" or "after" and the name of a method of one of the `owners`; raises ValueError for what is none.
    """
    when, _, name = point.partition(" ")
    found = [owner for owner in owners if callable(getattr(owner, name, None))]
    if when not in _WHEN or not found:
        raise ValueError(f"{point!r} is no point of {', '.join(owner.__qualname__ for owner in owners)}")
    left = n

    def reached(here: str) -> None:
        nonlocal left
        if here == when:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), by)

    with ExitStack() as stack:
        for owner in found:
            stack.enter_context(patch.object(owner, name, _wrapped(getattr(owner, name), reached)))
        yield


def _wrapped(method: Callable[..., Any], reached: Callable[[str], None]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(method):

        @wraps(method)
        async def awaited(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the method
            reached("before")
            result = await method(*args, **kwargs)
            reached("after")
            return result

        return awaited

    @wraps(method)
    def called(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the method
        reached("before")
        result = method(*args, **kwargs)
        reached("after")
        return result

    return called
