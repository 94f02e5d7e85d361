# SPDX-License-Identifier: Apache-2.0
"""Remembers the latest of many values, in bounded room."""

from collections.abc import Hashable
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Memo(dict[Key, Value]):
    """Remembers at least the `limit` values asked for last and at most twice as many; ask by `get`, then by `recall`.

    Two halves take turns: when the young one is full it becomes the old one, and what nobody asked for since is
    forgotten with the old one. So there is no moment at which all is forgotten, and no order to be kept.
    """

    __slots__ = ("_limit", "_old")

    def __init__(self, limit: int) -> None:
        """Begin with nothing."""
        super().__init__()
        self._limit = limit
        self._old: dict[Key, Value] = {}

    def recall(self, key: Key) -> Value | None:
        """The value for a key that `get` did not find, if it is remembered yet; from now on `get` finds it."""
        value = self._old.get(key)
        if value is not None:
            self.keep(key, value)
        return value

    def keep(self, key: Key, value: Value) -> None:
        """Remember a value."""
        if len(self) >= self._limit:
            self._old = self.copy()
            self.clear()
        self[key] = value
