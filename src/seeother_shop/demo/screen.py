# SPDX-License-Identifier: Apache-2.0
"""Where a run is shown: a live table where there is a person, lines of progress where there is none."""

import time
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from .look import Look

__all__ = ["LiveScreen", "PlainScreen", "Screen"]


_LINE_SECONDS = 5.0
_TABLE_SECONDS = 1.0


class Screen(Protocol):
    """What shows a run."""

    every_seconds: float  # how often a new look is worth asking for: watch has other work to do

    def say(self, text: str) -> None:
        """Tell what happens now."""
        ...

    def show(self, look: Look) -> None:
        """Show the latest look."""
        ...

    def __enter__(self) -> Self:
        """Begin."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End; what was shown last stays."""
        ...


class PlainScreen:
    """Lines on standard error, for pipes and CI."""

    every_seconds = _LINE_SECONDS

    def __init__(self, console: Console) -> None:
        self._console = console
        self._begun = time.monotonic()

    def say(self, text: str) -> None:
        """Write a line."""
        elapsed = time.monotonic() - self._begun
        self._console.print(f"{elapsed:5.0f} s  {text}", highlight=False, markup=False, soft_wrap=True)

    def show(self, look: Look) -> None:
        """Write a line."""
        self.say(look.line())

    def __enter__(self) -> Self:
        """Nothing to begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to end."""


class LiveScreen:
    """A table that is drawn anew in place."""

    every_seconds = _TABLE_SECONDS

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, auto_refresh=False)
        self._said = Text()
        self._look: Look | None = None

    def say(self, text: str) -> None:
        """Put the text under the table."""
        self._said = Text(text, "italic")
        self._draw()

    def show(self, look: Look) -> None:
        """Draw the table."""
        self._look = look
        self._draw()

    def _draw(self) -> None:
        parts = [self._said] if self._look is None else [self._look, Text(), self._said]
        self._live.update(Group(*parts), refresh=True)

    def __enter__(self) -> Self:
        """Take the terminal."""
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give it back."""
        self._live.stop()
