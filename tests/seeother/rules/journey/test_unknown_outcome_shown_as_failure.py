# SPDX-License-Identifier: Apache-2.0
"""What a case cannot write down about unknown outcomes: exchanges that were cut, and routes declared one by one."""

from seeother.journey import UNDECLARED, Declaration, Trail
from seeother.message import Exchange, Request, ResponseHead
from seeother.rules import judge


def sent(status: int, at: float) -> Exchange:
    """An order, and what became of it."""
    return Exchange(Request("POST", "/orders", b"", "https", b"shop.example"), ResponseHead(status), at=at)


def messages(trail: Trail) -> list[str]:
    """What is said about outcomes."""
    return [finding.message for finding in judge(trail) if finding.rule == "JNY006"]


def test_no_answer_is_an_unknown_outcome() -> None:
    """A recording notes 0 for what was cut."""
    assert messages(Trail((sent(0, 1.0), sent(303, 9.0)))) == [
        "`POST /orders` was sent again after no answer, though the first may have been carried out."
    ]


def test_the_ledger_sees_to_what_needs_a_key() -> None:
    """A form's key stands in its content, which no rule sees."""
    exchanges = (sent(504, 1.0), sent(303, 9.0))

    assert messages(Trail(exchanges, (UNDECLARED, Declaration(needs_key=True)))) == []
