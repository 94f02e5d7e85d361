# SPDX-License-Identifier: Apache-2.0
"""An event loop in a thread of its own, on which threads have coroutines run for them."""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from seeother.errors import StoreError

Result = TypeVar("Result")


class LoopThread:
    """Starts when it is first used; a child made by fork starts its own."""

    def __init__(self, name: str) -> None:
        """Nothing runs yet."""
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._process = 0

    def run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """What a coroutine returns or raises; StoreError where no thread is to be had."""
        try:
            loop = self._here()
        except RuntimeError as error:  # too many threads, or the interpreter is about to end
            coroutine.close()
            raise StoreError(f"the ledger has no thread to ask its server: {error}", retryable=True) from error
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result()

    def begin(self, work: Callable[[], object]) -> None:
        """Have something called on the loop, and wait for nothing; where no thread is to be had, it is not."""
        with suppress(RuntimeError):
            self._here().call_soon_threadsafe(work)

    def close(self) -> None:
        """Cancel what still runs, and end the thread."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is not None and thread is not None and self._process == os.getpid():
            loop.call_soon_threadsafe(loop.stop)
            thread.join()

    def _here(self) -> asyncio.AbstractEventLoop:
        is_ours = self._process == os.getpid()  # looked at before the loop, and set after it: no lock is held here
        loop = self._loop
        return loop if is_ours and loop is not None else self._started()

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None or self._process != os.getpid():
                runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)  # without, it is this thread's too
                loop = runner.get_loop()
                thread = threading.Thread(target=_serve, args=(runner,), name=self._name, daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    runner.close()
                    raise
                self._loop, self._thread = loop, thread
                self._process = os.getpid()
            return self._loop


def _serve(runner: asyncio.Runner) -> None:
    with runner:  # which cancels all tasks when the loop has been stopped
        runner.get_loop().run_forever()
