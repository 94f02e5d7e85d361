# SPDX-License-Identifier: Apache-2.0
"""What holds a lock must begin with a new one in the child of a fork: the thread that held it may not be there."""

import os
import weakref
from typing import Protocol


class Forkable(Protocol):
    """Something that a forked child goes on with."""

    def forked(self) -> None:
        """Put right what was the parent's."""
        ...


_all: "weakref.WeakSet[Forkable]" = weakref.WeakSet()


def tell_when_forked(one: Forkable) -> None:
    """Have `one.forked()` called in every child, as long as somebody else holds on to it."""
    _all.add(one)


def _after_fork() -> None:
    for one in list(_all):
        one.forked()


os.register_at_fork(after_in_child=_after_fork)
