# SPDX-License-Identifier: Apache-2.0
"""Amounts for people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother_shop.money import format_money


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (0, "EUR", "€0.00"),
        (5, "EUR", "€0.05"),
        (128_000, "EUR", "€1,280.00"),
        (-1_999, "EUR", "-€19.99"),
        (100, "CHF", "CHF 1.00"),
    ],
)
def test_an_amount_is_written_as_people_write_it(minor: int, currency: str, text: str) -> None:
    """A sign before the symbol, thousands apart, always two decimals."""
    assert format_money(minor, currency) == text


@given(st.integers(-(10**15), 10**15))
def test_no_cent_is_lost(minor: int) -> None:
    """The digits are the amount, whatever its size."""
    text = format_money(minor, "EUR")

    assert int(text.replace("€", "").replace(",", "").replace(".", "")) == minor
