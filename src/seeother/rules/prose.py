# SPDX-License-Identifier: Apache-2.0
"""A rule's prose: the docstring of its file, under fixed heads and in a fixed order."""

from dataclasses import dataclass
from inspect import cleandoc

from seeother.errors import CallerError

HEADS = ("What it sees", "Why it hurts", "What to do", "Example", "Sources")
_MARK = "## "


@dataclass(frozen=True, slots=True)
class Prose:
    """One sentence that says the fault, and a text under each of the five heads."""

    statement: str
    sections: dict[str, str]

    @classmethod
    def parse(cls, text: str) -> "Prose":
        """Read a docstring; raises CallerError when a head is missing, empty, unknown or out of order."""
        statement, *parts = cleandoc("\n" + text).split("\n" + _MARK)
        if not statement.strip():
            raise CallerError("a rule's prose begins with one sentence that says the fault")
        sections: dict[str, str] = {}
        for part in parts:
            head, _, body = part.partition("\n")
            sections[head.strip()] = body.strip("\n")
        given = tuple([part.partition("\n")[0].strip() for part in parts])
        if given != HEADS:
            raise CallerError(f"a rule's prose has the heads {', '.join(HEADS)}, once each and in this order")
        for head, body in sections.items():
            if not body.strip():
                raise CallerError(f"a rule's prose says something under {head!r}")
        return cls(" ".join(statement.split()), sections)
