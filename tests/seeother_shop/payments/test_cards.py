# SPDX-License-Identifier: Apache-2.0
"""What may be typed into the card form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother_shop.payments import TEST_CARDS
from seeother_shop.payments.cards import Card, card_errors, refusal

_NOW = 1_795_392_000.0  # 23 November 2026
_GOOD = Card("4242 4242 4242 4242", "12 / 34", "123", "Ada Lovelace")


def test_a_card_as_people_type_it_is_accepted() -> None:
    """Spaces and dashes in the number, and the ways to write a month, make no difference."""
    ways = [_GOOD, Card("4242-4242-4242-4242", "1/2034", " 1234 ", "A"), Card("4242424242424242", "11 26", "123", "A")]

    assert [card_errors(card, now=_NOW) for card in ways] == [{}, {}, {}]


@pytest.mark.parametrize(
    ("card", "field", "says"),
    [
        (Card("4242 4242 4242 4241", "12/34", "123", "A"), "card_number", "check the digits"),
        (Card("", "12/34", "123", "A"), "card_number", "check the digits"),
        (Card("4111 1111 1111 1111", "12/34", "123", "A"), "card_number", "test cards"),
        (Card("4242424242424242", "10/26", "123", "A"), "expiry", "expired"),
        (Card("4242424242424242", "13/34", "123", "A"), "expiry", "month"),
        (Card("4242424242424242", "soon", "123", "A"), "expiry", "month"),
        (Card("4242424242424242", "12/34", "12", "A"), "cvc", "digits"),
        (Card("4242424242424242", "12/34", "123", "  "), "holder", "name"),
    ],
)
def test_a_wrong_field_is_named(card: Card, field: str, says: str) -> None:
    """One message, at the field that it is about."""
    errors = card_errors(card, now=_NOW)

    assert list(errors) == [field]
    assert says in errors[field]


@given(st.builds(Card, st.text(max_size=30), st.text(max_size=10), st.text(max_size=6), st.text(max_size=20)))
def test_any_typing_is_judged(card: Card) -> None:
    """Nothing that can be typed makes the form itself fail; what passes can be shown to the issuer."""
    if not card_errors(card, now=_NOW):
        refusal(card)


@given(st.sampled_from(sorted(TEST_CARDS)), st.integers(0, 15), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(number: str, position: int, change: int) -> None:
    """The check digit finds every single mistyped digit."""
    wrong = number[:position] + str((int(number[position]) + change) % 10) + number[position + 1 :]

    errors = card_errors(Card(wrong, "12/34", "123", "A"), now=_NOW)

    assert "check the digits" in errors["card_number"]


def test_the_issuer_says_why_it_refuses() -> None:
    """Each test card has the answer that its list promises."""
    said = [refusal(Card(number, "", "", "")) for number in TEST_CARDS]

    assert said == ["", "The card was declined.", "The card has insufficient funds."]
