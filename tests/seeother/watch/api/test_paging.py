# SPDX-License-Identifier: Apache-2.0
"""The newest rows are the same whether a period is asked for at once or from its end on."""

import pytest

from seeother.watch.api.paging import newest
from seeother.watch.questions import BROKEN, EXCHANGES, Asker, Question
from seeother.watch.warehouse import Store
from tests.seeother.watch.questions.asked import IDS, SECOND, T0, Asked, Exchange, put

HOUR = 3600 * SECOND
AGES = (0, 0, 1, 59, 61, 90, 1439, 1441, 4000)  # minutes before the end of the period
LISTED = ("before_us", "before_id", "count")
CELL = {"step": "pay", "method": "", "route": "", "status": -1, "failed": True}


@pytest.mark.parametrize("question", [BROKEN, EXCHANGES], ids=lambda question: question.name)
@pytest.mark.parametrize("count", [1, 2, 4, 6, 8, 20])
@pytest.mark.parametrize("before", [4_000_000_000 * SECOND, T0 - 60 * 60 * SECOND], ids=["first page", "a later page"])
async def test_the_end_of_a_period_is_enough_for_a_page(
    store: Store, asker: Asker, question: Question, count: int, before: int
) -> None:
    """And when it is not, the rest is asked for; rows of one moment, an hour and a day ago included."""
    failed = [
        Exchange(T0 - age * 60 * SECOND, IDS[0], "pay", 503, failed=True, span_id=bytes([number + 1]) * 8)
        for number, age in enumerate(AGES)
    ]
    put(store, "checkout", failed)
    asked = Asked(T0 - 100 * HOUR, T0 + SECOND, more={"count": count, "before_us": before})
    names, cell = (("now", *LISTED), {"step": "pay"}) if question is BROKEN else (LISTED, CELL)

    rows = await newest(asker, question, **asked.of("checkout", *names), **cell)

    assert rows == await asker.ask(question, **asked.of("checkout", *names), **cell)
    assert len(rows) == min(count, sum(T0 - age * 60 * SECOND <= before for age in AGES))
