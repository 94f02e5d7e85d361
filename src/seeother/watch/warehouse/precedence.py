# SPDX-License-Identifier: Apache-2.0
"""Who goes first when processors are few: the thread that answers, before those that store, count and look up.

Linux keeps niceness by thread, and a thread starts with that of its maker: the engine's threads have it from whoever
needed them first. Elsewhere it is the whole process's, and stays as it is.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from threading import get_native_id

NICENESS = 5  # a third of the share of a thread that has none; more takes no more off the event loop's waits
_THREADS = Path("/proc/self/task")


def give_way() -> None:
    """Let this thread, and those that it starts, give way to the one that answers, which has made it."""
    _step_back(get_native_id(), _niceness(get_native_id()) + NICENESS)


def go_first() -> None:
    """Let all others that there are, and those that they start, give way to this thread."""
    mine = get_native_id()
    for thread in [int(entry.name) for entry in _THREADS.iterdir()] if _THREADS.is_dir() else []:
        if thread != mine:
            with suppress(ProcessLookupError):  # it has ended meanwhile
                _step_back(thread, max(_niceness(thread), _niceness(mine) + NICENESS))


def _niceness(thread: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, thread)


def _step_back(thread: int, niceness: int) -> None:
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, thread, niceness)
