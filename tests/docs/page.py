# SPDX-License-Identifier: Apache-2.0
"""Reads a page of the documentation: its blocks, and the messages in them.

On a page `…` stands for what differs each time.
"""

import json
import re
from pathlib import Path
from typing import NamedTuple

from tests.house.tree import ROOT

HOW_TO = ROOT / "docs" / "how-to"
EXAMPLES = HOW_TO / "examples"
ANY = "…"
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """One fenced block; `line` is where its text begins on the page."""

    language: str
    line: int
    text: str


class Message(NamedTuple):
    """A request or a response as a page shows it."""

    start: str
    fields: tuple[tuple[str, str], ...]
    content: str


def blocks(path: Path) -> list[Block]:
    """The blocks of a page, from top to bottom."""
    text = path.read_text(encoding="utf-8")
    return [
        Block(match[1], text.count("\n", 0, match.start(2)) + 1, match[2].rstrip("\n"))
        for match in _FENCE.finditer(text)
    ]


def message(text: str) -> Message:
    """A message as a page writes it: start line, field lines, an empty line, content."""
    head, _, content = text.partition("\n\n")
    start, *lines = head.split("\n")
    fields = [line.partition(": ") for line in lines]
    return Message(start, tuple([(name.lower(), value) for name, _, value in fields]), content)


def fits(shown: str, real: str) -> bool:
    """Whether the page shows this value."""
    return re.fullmatch(".*".join(map(re.escape, shown.split(ANY))), real, re.DOTALL) is not None


def content_fits(shown: str, real: str) -> bool:
    """Whether the page shows this content: of JSON each member that it has, of all else each line."""
    if shown.startswith("{"):
        return _member_fits(json.loads(shown), json.loads(real))
    return all(any(fits(line, each.strip()) for each in real.split("\n")) for line in shown.split("\n"))


def _member_fits(shown: object, real: object) -> bool:
    if isinstance(shown, dict) and isinstance(real, dict):
        return all(name in real and _member_fits(value, real[name]) for name, value in shown.items())
    if isinstance(shown, list) and isinstance(real, list):
        return len(shown) == len(real) and all(map(_member_fits, shown, real))
    return fits(shown, real) if isinstance(shown, str) and isinstance(real, str) else shown == real
