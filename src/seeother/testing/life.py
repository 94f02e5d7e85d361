# SPDX-License-Identifier: Apache-2.0
"""A forked child's life, from its work to its death, and what it said before; for crash tests.

    life = Life.of(lambda tell: serve(tell))     # in a process without threads that has loaded all it needs
    time.sleep(0.02)
    life.kill()
    code, told = life.end()

A fork of a warm process begins within milliseconds, so that a thousand children can die in the time in which a hundred
could have been started. Open no connection and no ledger before it: what is open is shared with the child.
"""

import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Self

Tell = Callable[[bytes], None]

_PART = 1 << 16  # bytes, as much as a pipe holds
_LOOK_SECONDS = 0.001  # between two looks whether it has fallen asleep
_FAILED = 70  # the exit code of work that raised (EX_SOFTWARE of sysexits.h)


class Death(NamedTuple):
    """How a life ended: the exit code, below 0 the number of a signal; and all that it told."""

    code: int
    told: bytes

    @property
    def is_killed(self) -> bool:
        """Whether it was SIGKILL."""
        return self.code == -signal.SIGKILL


@dataclass(slots=True)
class Life:
    """One child. What it tells has left it, whatever becomes of it next; it is heard when it ends."""

    pid: int
    _heard: int
    _told: list[bytes] = field(default_factory=list[bytes])

    @classmethod
    def of(cls, work: Callable[[Tell], object]) -> Self:
        """Fork a child that does `work` and exits with 0, or with 70 and the traceback when it raises."""
        heard, telling = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            os.close(heard)
            _live(work, telling)
        os.close(telling)
        return cls(pid, heard)

    def kill(self) -> None:
        """Let it die, wherever it is."""
        os.kill(self.pid, signal.SIGKILL)

    def resume(self) -> None:
        """Let it go on from where it fell asleep."""
        os.kill(self.pid, signal.SIGCONT)

    def asleep(self, seconds: float) -> bool:
        """Whether it has fallen asleep by SIGSTOP; False once it has ended, or is awake after so many seconds."""
        limit = time.monotonic() + seconds
        how = os.WSTOPPED | os.WEXITED | os.WNOHANG | os.WNOWAIT
        while True:
            found = os.waitid(os.P_PID, self.pid, how)
            if found is not None:
                return found.si_code == os.CLD_STOPPED
            if time.monotonic() >= limit:
                return False
            time.sleep(_LOOK_SECONDS)

    @property
    def is_over(self) -> bool:
        """Whether it has ended; `end` says how."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def end(self, seconds: float = 60.0) -> Death:
        """Wait for its end; one that is not over after so many seconds is killed, and TimeoutError raised."""
        limit = time.monotonic() + seconds
        is_over = True
        while select.select([self._heard], [], [], max(0.0, limit - time.monotonic()))[0]:
            part = os.read(self._heard, _PART)
            if not part:
                break
            self._told.append(part)
        else:
            is_over = False
            self.kill()
        os.close(self._heard)
        _, status = os.waitpid(self.pid, 0)
        if not is_over:
            raise TimeoutError(f"a child was not over after {seconds:g} s")
        return Death(os.waitstatus_to_exitcode(status), b"".join(self._told))


def _live(work: Callable[[Tell], object], telling: int) -> None:
    """Do the work of a child, and leave without what a parent would tidy up."""
    code = _FAILED
    try:
        work(lambda part: _tell(telling, part))
        code = 0
    except BaseException:  # noqa: BLE001 - nothing may go on from here as if this were the parent
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _tell(telling: int, part: bytes) -> None:
    while part:
        part = part[os.write(telling, part) :]
