# SPDX-License-Identifier: Apache-2.0
"""Who orders and where it goes: what a guest types, and what is wrong with it."""

import re
from dataclasses import dataclass, fields

COUNTRIES = {
    "AT": "Austria",
    "BE": "Belgium",
    "CH": "Switzerland",
    "DE": "Germany",
    "DK": "Denmark",
    "ES": "Spain",
    "FR": "France",
    "GB": "United Kingdom",
    "IE": "Ireland",
    "IT": "Italy",
    "NL": "Netherlands",
    "SE": "Sweden",
}
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")  # a typing error is caught, not every impossible address
# The field's longest answer (254: RFC 5321 section 4.5.3.1.3 without its brackets) and what to say when it is missing.
_FIELDS = {
    "name": (100, "Please tell us your name."),
    "email": (254, "Please tell us your e-mail address."),
    "street": (120, "Please tell us the street and the number."),
    "postcode": (16, "Please tell us the postcode."),
    "city": (80, "Please tell us the town."),
}
_TOO_LONG = "This is too long, or there is something in it that cannot be printed."


@dataclass(frozen=True, slots=True)
class Address:
    """A guest's own words, without the spaces around them."""

    name: str = ""
    email: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""


def address_of(order: object) -> Address:
    """The address of an order, or of whatever else has its fields."""
    return Address(**{field.name: getattr(order, field.name) for field in fields(Address)})


def tidied(address: Address) -> Address:
    """The same without the spaces around each answer."""
    return Address(**{field.name: getattr(address, field.name).strip() for field in fields(Address)})


def address_errors(address: Address) -> dict[str, str]:
    """What is wrong with an address, by the field's name; empty when it can be used."""
    errors: dict[str, str] = {}
    for name, (longest, missing) in _FIELDS.items():
        value: str = getattr(address, name)
        if not value:
            errors[name] = missing
        elif len(value) > longest or not value.isprintable():
            errors[name] = _TOO_LONG
    if "email" not in errors and not _EMAIL.fullmatch(address.email):
        errors["email"] = "Please check the e-mail address: it should look like ada@example.org."
    if address.country not in COUNTRIES:
        errors["country"] = "Please choose a country."
    return errors
