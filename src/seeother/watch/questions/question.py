# SPDX-License-Identifier: Apache-2.0
"""A question: one file of SQL whose head says what it asks, its parameters and the columns of its answer."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_FOLDER = Path(__file__).parent
_COMMENT = re.compile(r"^\s*--.*\n", re.MULTILINE)


@dataclass(frozen=True)
class Question:
    """One question by its name; the file is read when it is first asked."""

    name: str

    @property
    def path(self) -> Path:
        """Where its SQL stands."""
        return _FOLDER / f"{self.name}.sql"

    @cached_property
    def text(self) -> str:
        """The whole file."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def sql(self) -> str:
        """Its SQL; parameters stand in it as `{name:Type}` and are bound by the engine, never by us.

        Without the comments: reading past them costs the engine as much as a short question.
        """
        return _COMMENT.sub("", self.text)
