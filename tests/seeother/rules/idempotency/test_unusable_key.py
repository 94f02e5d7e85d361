# SPDX-License-Identifier: Apache-2.0
"""What a case cannot write down about keys: an exchange that was cut, and times that nobody knows."""

from seeother.journey import Declaration, RouteKind, Trail
from seeother.message import Exchange, Request, ResponseHead
from seeother.rules import judge


def sent(key: bytes, status: int, at: float | None = None) -> Exchange:
    """An order with a key, and what became of it."""
    request = Request("POST", "/api/orders", b"", "https", b"shop.example", ((b"idempotency-key", key),))
    return Exchange(request, ResponseHead(status), at=at)


def messages(*exchanges: Exchange) -> list[str]:
    """What is said about keys."""
    return [finding.message for finding in judge(Trail(exchanges)) if finding.rule == "IDM005"]


def test_no_answer_is_a_failure() -> None:
    """A recording notes 0 for what was cut."""
    assert messages(sent(b'"a"', 0, 1.0), sent(b'"b"', 201, 2.0)) == [
        "`POST /api/orders` was sent again with another key after no answer."
    ]


def test_parameters_of_a_key_say_nothing() -> None:
    """A structured field may have some."""
    exchanges = [sent(key, 201) for key in (b'"a";x=1', b'"a b";x=1', b'"a";')]

    said = [judge(exchange, Declaration(kind=RouteKind.ACTION, needs_key=True)) for exchange in exchanges]

    assert [["IDM005" in {finding.rule for finding in each}] for each in said] == [[False], [True], [True]]


def test_without_times_only_what_follows_at_once_is_another_try() -> None:
    """Otherwise hours may lie between."""
    cut, other, again = sent(b'"a"', 504), Exchange(Request("GET", "/"), ResponseHead(200)), sent(b'"b"', 201)

    assert len(messages(cut, again)) == 1
    assert messages(cut, other, again) == []


def test_each_try_is_compared_with_the_one_before() -> None:
    """A client that makes keys anew does so every time."""
    tries = [sent(b'"%d"' % number, 503, float(number)) for number in range(3)]

    assert len(messages(*tries, sent(b'"2"', 201, 4.0))) == 2
