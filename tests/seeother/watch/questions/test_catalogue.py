# SPDX-License-Identifier: Apache-2.0
"""The head of each question says what is true of it."""

import re
from typing import Any

import pytest

from seeother.watch.questions import CATALOGUE, Asker, Question

EXAMPLES = {
    "String": "x",
    "Int64": 1_800_000_000_000_000,
    "Int32": 7,
    "UInt32": 5,
    "UInt8": 3,
    "Bool": True,
    "Array": [(1, 60)],
}
NUMBERS = {"windows": [1]}  # of an array, instead of pairs
SECTION = re.compile(r"^-- (Parameters|Columns):\n((?:--   .*\n)+)", re.MULTILINE)
LINE = re.compile(r"--   (\w+(?:, \w+)*)  +(\w+)(?: {2,}\S.*)?$", re.MULTILINE)


def described(question: Question, section: str) -> dict[str, str]:
    """The names in a section of the head, with their types."""
    text = dict(SECTION.findall(question.text)).get(section, "")
    return {name: kind for names, kind in LINE.findall(text) for name in names.split(", ")}


def test_the_catalogue_lists_every_question() -> None:
    """No file without its line."""
    folder = CATALOGUE[0].path.parent

    assert {question.path for question in CATALOGUE} == set(folder.glob("*.sql"))


@pytest.mark.parametrize("question", CATALOGUE, ids=lambda question: question.name)
def test_the_head_lists_every_parameter(question: Question) -> None:
    """With the type that the engine binds it by."""
    used = dict(re.findall(r"\{(\w+):(\w+)[^{}]*\}", question.sql))

    assert used == described(question, "Parameters")
    assert "-- Question: " in question.text


@pytest.mark.parametrize("question", CATALOGUE, ids=lambda question: question.name)
async def test_the_head_lists_every_column(question: Question, asker: Asker) -> None:
    """In the order of the answer, with the engine's own types."""
    parameters: dict[str, Any] = {
        name: NUMBERS.get(name, EXAMPLES[kind]) for name, kind in described(question, "Parameters").items()
    }
    probe = Question(question.name)
    probe.__dict__["sql"] = f"DESCRIBE TABLE ({question.sql})"

    rows = await asker.ask(probe, **parameters)

    kinds = {row["name"]: re.sub(r"(?:LowCardinality|Nullable)\((\w+)\)", r"\1", row["type"]) for row in rows}
    assert list(kinds.items()) == list(described(question, "Columns").items())
