# SPDX-License-Identifier: Apache-2.0
"""Runs a module as `python -m` does, and ends it when whoever started it is gone.

Started by its path, as `python -P child.py FD MODULE ARGUMENT...`, so that it imports nothing but the standard library.
FD is the reading end of a pipe whose only writing end the starter holds. Nobody ever writes: the pipe ends when the
starter ends, SIGKILL included, because the kernel closes what a dead process held open.
"""

import os
import runpy
import signal
import sys
import threading
import time

GRACE_SECONDS = 2.0  # between being asked to end and being ended


def follow(lifeline: int) -> None:
    """Wait until the starter is gone, then end this process and whatever it has started in its group."""
    while os.read(lifeline, 1):
        pass
    os.killpg(0, signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)


def main(arguments: list[str]) -> None:
    """Tie the lifeline and become the module."""
    lifeline, module, *rest = arguments
    threading.Thread(target=follow, args=(int(lifeline),), name="lifeline", daemon=True).start()
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
