# SPDX-License-Identifier: Apache-2.0
"""Amounts of money for people to read; everywhere else they are integers of the smallest unit."""

_SYMBOLS = {"EUR": "€"}
_MINOR = 100  # cents in a euro; every currency here has two decimals


def format_money(minor: int, currency: str) -> str:
    """`€1,280.00` for 128000 EUR; a currency without a symbol of its own is written before the number."""
    whole, cents = divmod(abs(minor), _MINOR)
    sign = "-" if minor < 0 else ""
    return f"{sign}{_SYMBOLS.get(currency, currency + ' ')}{whole:,}.{cents:02}"
