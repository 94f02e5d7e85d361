# SPDX-License-Identifier: Apache-2.0
"""Exchanges by method and path template: `POST /orders/{id}`.

`:id`, `<int:id>` and `{id:path}` are other frameworks' spellings of `{id}` and are normalised to it.
A placeholder stands for one segment; `{name:path}` and `<path:name>` stand for the rest of the path.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from seeother.errors import SettingsError

T = TypeVar("T")

_METHOD = re.compile(r"[A-Z][A-Z0-9_-]*\Z")
_BRACES = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)(?::([^{}]*))?\}\Z")
_ANGLES = re.compile(r"<(?:([A-Za-z_][A-Za-z0-9_]*)(?:\([^<>]*\))?:)?([A-Za-z_][A-Za-z0-9_]*)>\Z")
_COLON = re.compile(r":([A-Za-z_][A-Za-z0-9_]*)\Z")
_NAMED = re.compile(r"\{[A-Za-z0-9_]+")
_HALF = re.compile(r"[{}<>]|\A:")  # in a literal segment: a placeholder that went wrong and would never match


@dataclass(frozen=True, slots=True)
class Pattern:
    """A method and a normalised path template; `rest` tells that the last placeholder takes all that follows."""

    method: str
    template: str
    rest: bool = False

    @classmethod
    def parse(cls, text: str) -> "Pattern":
        """Read `METHOD /path`; raises SettingsError naming what is wrong with it."""
        method, space, path = text.strip().partition(" ")
        path = path.strip()
        if not space or not _METHOD.match(method) or not path.startswith("/"):
            raise SettingsError("match", text, 'write a method and a path, as in "POST /orders/{id}"')
        if "?" in path or "#" in path:
            raise SettingsError("match", text, "leave out the query: only the path is compared")
        segments: list[str] = []
        rest = False
        for segment in path[1:].split("/"):
            if rest:
                raise SettingsError("match", text, "a placeholder of type path must be the last segment")
            name, rest = _placeholder(segment)
            if name is None and _HALF.search(segment):
                raise SettingsError("match", text, f"make a placeholder a whole segment, as in {{id}}, not {segment}")
            segments.append(segment if name is None else "{" + name + "}")
        return cls(method, "/" + "/".join(segments), rest)

    @property
    def shape(self) -> str:
        """The pattern without the names of its placeholders: two of one shape fit the same exchanges."""
        return _NAMED.sub("{", str(self))

    def __str__(self) -> str:
        """The pattern as one writes it."""
        return f"{self.method} {self.template[:-1]}:path}}" if self.rest else f"{self.method} {self.template}"


def _placeholder(segment: str) -> tuple[str | None, bool]:
    """The name of the placeholder that `segment` is, and whether it takes the rest of the path."""
    if match := _BRACES.match(segment):
        return match[1], match[2] == "path"
    if match := _ANGLES.match(segment):
        return match[2], match[1] == "path"
    if match := _COLON.match(segment):
        return match[1], False
    return None, False


class PatternTable(Generic[T]):
    """Finds the value filed under the pattern that fits a method and a path.

    A literal path wins over one with placeholders, and that over one that takes the rest; of two alike the first
    given wins.
    """

    __slots__ = ("_by_length", "_literal", "_rest")

    def __init__(self, entries: Iterable[tuple[Pattern, T]]) -> None:
        """File each value under its pattern."""
        self._literal: dict[tuple[str, str], T] = {}
        self._by_length: dict[tuple[str, int], list[tuple[tuple[str | None, ...], T]]] = {}
        self._rest: dict[str, list[tuple[tuple[str | None, ...], T]]] = {}
        for pattern, value in entries:
            segments = _segments(pattern.template)
            if pattern.rest:
                self._rest.setdefault(pattern.method, []).append((segments[:-1], value))
            elif None in segments:
                self._by_length.setdefault((pattern.method, len(segments)), []).append((segments, value))
            else:
                self._literal.setdefault((pattern.method, pattern.template), value)

    def find(self, method: str, path: str) -> T | None:
        """The value whose pattern fits, or None."""
        value = self._literal.get((method, path))
        if value is not None or path[:1] != "/" or not (self._by_length or self._rest):
            return value
        given = path[1:].split("/")
        for segments, candidate in self._by_length.get((method, len(given)), ()):
            if _fits(segments, given):
                return candidate
        for segments, candidate in self._rest.get(method, ()):
            if len(given) > len(segments) and _fits(segments, given):
                return candidate
        return None


def _segments(template: str) -> tuple[str | None, ...]:
    """The template's segments, None for each placeholder."""
    return tuple([None if part[:1] == "{" and part[-1:] == "}" else part for part in template[1:].split("/")])


def _fits(segments: tuple[str | None, ...], given: list[str]) -> bool:
    """Whether each literal segment is met, and no placeholder by an empty one."""
    return all(
        mine == theirs if mine is not None else theirs != "" for mine, theirs in zip(segments, given, strict=False)
    )
