# SPDX-License-Identifier: Apache-2.0
"""What a guest may type."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother_shop.storefront.address import Address, address_errors, tidied

_GOOD = Address("Ada Lovelace", "ada@example.org", "St James's Square 12", "SW1Y 4JH", "London", "GB")


def test_a_usable_address_has_no_errors() -> None:
    """Names and towns of the world are names and towns."""
    assert address_errors(_GOOD) == {}
    assert address_errors(replace(_GOOD, name="王小明", street="Straße 1", city="Łódź", country="DE")) == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "a" * 101),
        ("name", "Ada\x00"),
        ("email", ""),
        ("email", "ada"),
        ("email", "ada@example"),
        ("email", "ada@@example.org"),
        ("email", "a b@example.org"),
        ("email", "ada@example..org"),
        ("street", ""),
        ("postcode", ""),
        ("city", "London\nGB"),
        ("country", ""),
        ("country", "XX"),
    ],
)
def test_a_wrong_field_is_named(field: str, value: str) -> None:
    """One message, at the field that it is about."""
    assert list(address_errors(replace(_GOOD, **{field: value}))) == [field]


@given(st.builds(Address, *[st.text(max_size=300)] * 6))
def test_anything_typed_is_judged_and_can_be_printed(address: Address) -> None:
    """What passes has every field, and fits on a label."""
    tidy = tidied(address)

    if not address_errors(tidy):
        assert all(value and value.isprintable() and value == value.strip() for value in (tidy.name, tidy.city))


@given(st.text(max_size=30))
def test_spaces_around_an_answer_do_not_count(text: str) -> None:
    """A name pasted with a space behind it is the same name."""
    assert tidied(Address(name=f"  {text}\t")) == tidied(Address(name=text))
