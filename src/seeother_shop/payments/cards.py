# SPDX-License-Identifier: Apache-2.0
"""Cards: what may be typed into the form, and what the pretended issuer says to it."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

_CENTURY = 2000
_MONTHS = range(1, 13)
_EXPIRY = re.compile(r"\s*(\d{1,2})\s*[/ -]\s*(?:20)?(\d{2})\s*")
_CVC = re.compile(r"\d{3,4}")
_LONGEST_NAME = 100

# Number to the reason of its refusal; empty: approved.
TEST_CARDS = {
    "4242424242424242": "",
    "4000000000000002": "The card was declined.",
    "4000000000009995": "The card has insufficient funds.",
}


@dataclass(frozen=True, slots=True)
class Card:
    """What a person typed, as it was typed."""

    number: str
    expiry: str
    cvc: str
    holder: str

    @property
    def digits(self) -> str:
        """The number without the spaces that people put in."""
        return re.sub(r"[\s-]", "", self.number)


def card_errors(card: Card, *, now: float) -> dict[str, str]:
    """What is wrong with a card, by the field's name; empty when it can be shown to the issuer."""
    errors: dict[str, str] = {}
    if not _passes_luhn(card.digits):
        errors["card_number"] = "This is not a card number. Please check the digits."
    elif card.digits not in TEST_CARDS:
        errors["card_number"] = "Only test cards are accepted here: use one of the numbers below."
    expiry = _EXPIRY.fullmatch(card.expiry)
    if expiry is None or int(expiry[1]) not in _MONTHS:
        errors["expiry"] = "Please write the month and the year, as in 09 / 31."
    elif _is_past(month=int(expiry[1]), year=_CENTURY + int(expiry[2]), now=now):
        errors["expiry"] = "This card has expired."
    if not _CVC.fullmatch(card.cvc.strip()):
        errors["cvc"] = "Please write the three or four digits on the back."
    if not card.holder.strip() or len(card.holder) > _LONGEST_NAME:
        errors["holder"] = "Please write the name on the card."
    return errors


def refusal(card: Card) -> str:
    """Why the issuer refuses the card; empty when it approves."""
    return TEST_CARDS[card.digits]


def _passes_luhn(digits: str) -> bool:
    """ISO/IEC 7812-1 annex B."""
    if not re.fullmatch(r"[0-9]{12,19}", digits):
        return False
    doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits))]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def _is_past(*, month: int, year: int, now: float) -> bool:
    today = datetime.fromtimestamp(now, UTC)
    return (year, month) < (today.year, today.month)
