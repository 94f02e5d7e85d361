# SPDX-License-Identifier: Apache-2.0
"""One process owns a store. The kernel's lock says so, the text in the file says who it is.

The kernel drops the lock with its holder, however that one ends, so a file left behind by a crash stops nobody.
"""

import fcntl
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from seeother.errors import StoreError

_FILE = "watch.lock"


class StoreInUseError(StoreError):
    """Another process owns the store; the message says which."""


class StoreLock:
    """The right to open the store in a folder, held until `release`."""

    def __init__(self, folder: Path, listening_on: str = "") -> None:
        """Take the lock or raise StoreInUseError; `listening_on` is where the holder can be reached."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # "a": an existing holder's text must survive until the lock is ours.
        self._file = (folder / _FILE).open("a+", encoding="utf-8")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.seek(0)
            holder = self._file.read()
            self._file.close()
            raise StoreInUseError(_refusal(folder, holder)) from None
        self._file.seek(0)
        self._file.truncate()
        json.dump(
            {
                "pid": os.getpid(),
                "command": " ".join(sys.argv),
                "listening_on": listening_on,
                "since": datetime.now(UTC).isoformat(timespec="seconds"),
            },
            self._file,
        )
        self._file.flush()

    def release(self) -> None:
        """Give the lock back; the file stays, empty."""
        if not self._file.closed:
            self._file.seek(0)
            self._file.truncate()
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _refusal(folder: Path, holder: str) -> str:
    """The sentence that says who holds the store."""
    try:
        text = json.loads(holder)
        who = f"process {text['pid']} (`{text['command']}`)"
        if text["listening_on"]:
            who += f", which listens on {text['listening_on']}"
        who += f", since {text['since']}"
    except (ValueError, TypeError, KeyError):  # the holder has not written its name yet
        who = "another process"
    return f"the store {folder} is held by {who}; stop it, or give another --store"
