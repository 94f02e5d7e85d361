# SPDX-License-Identifier: Apache-2.0
"""Questions are asked side by side, and what cannot be answered is a store's error."""

import asyncio

import pytest

from seeother.errors import StoreError
from seeother.watch.questions import VOLUME, Asker, Question


async def test_many_questions_at_once_are_all_answered(asker: Asker) -> None:
    """More of them than there are connections."""
    answers = await asyncio.gather(*[asker.ask(VOLUME) for _ in range(12)])

    assert answers == [[{"spans": 0, "log_records": 0, "steps": 0, "findings": 0}]] * 12


async def test_a_question_that_fails_says_which(asker: Asker) -> None:
    """And the next one is answered."""
    wrong = Question("wrong")
    wrong.__dict__["sql"] = "SELECT nothing FROM nowhere"

    with pytest.raises(StoreError, match="question wrong"):
        await asker.ask(wrong)

    assert await asker.ask(VOLUME)


async def test_a_question_changes_nothing(asker: Asker) -> None:
    """Connections for questions are read-only."""
    wrong = Question("wrong")
    wrong.__dict__["sql"] = "INSERT INTO findings (rule) VALUES ('X')"

    with pytest.raises(StoreError, match="readonly"):
        await asker.ask(wrong)


async def test_parameters_are_bound_as_they_are(asker: Asker) -> None:
    """Whatever stands in a text, it stays that text."""
    text = "'; DROP TABLE spans; --\n\t\\N \\ {n:Int64} \" \0 ☕ %s"
    echo = Question("echo")
    echo.__dict__["sql"] = "SELECT {text:String} AS text, {n:Int64} AS n"

    assert await asker.ask(echo, text=text, n=-5) == [{"text": text, "n": -5}]
