# SPDX-License-Identifier: Apache-2.0
"""Forms send what a browser sends."""

from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from seeother_shop.shoppers import Control, Form

NAMES = st.text(min_size=1, max_size=8)


def test_hidden_fields_travel_and_typed_ones_are_filled_in() -> None:
    """A person's answers reach text fields by name; a hidden field keeps what the page said."""
    form = Form(
        "http://shop/orders", "post", (Control("idempotency_key", "k1", "hidden"), Control("email", "", "email"))
    )

    content = form.filled({"email": "ada@example.org", "idempotency_key": "mine"})

    assert parse_qsl(content.decode()) == [("idempotency_key", "k1"), ("email", "ada@example.org")]


def test_autofill_token_comes_before_the_name() -> None:
    """A field named oddly is recognised by its autocomplete token."""
    form = Form("http://shop/", "post", (Control("f7", "", "text", "billing cc-number"),))

    content = form.filled({"cc-number": "4242", "f7": "no"})

    assert content == b"f7=4242"


def test_only_the_pressed_button_is_sent() -> None:
    """Of two buttons one is pressed: the one asked for, else the first."""
    buttons = (Control("action", "pay", "submit"), Control("action", "cancel", "submit"))
    form = Form("http://pay/", "post", buttons)

    assert form.filled({}) == b"action=pay"
    assert form.filled({}, "cancel") == b"action=cancel"
    assert form.filled({}, "unheard of") == b"action=pay"


def test_unticked_boxes_and_nameless_controls_stay_home() -> None:
    """What is off or has no name is not sent."""
    controls = (Control("gift", "on", "checkbox", is_on=False), Control("", "x", "text"), Control("a", "1", "radio"))

    assert Form("http://shop/", "post", controls).filled({}) == b"a=1"


def test_an_answer_that_is_no_choice_leaves_a_list_alone() -> None:
    """A select sends one of its options, whatever the person had in mind."""
    country = Control("country", "GB", "select", options=("GB", "DE"))
    form = Form("http://shop/", "post", (country,))

    assert form.filled({"country": "DE"}) == b"country=DE"
    assert form.filled({"country": "Atlantis"}) == b"country=GB"


@given(st.dictionaries(NAMES, st.text(max_size=20), max_size=6))
def test_whatever_is_typed_arrives(answers: dict[str, str]) -> None:
    """The content decodes to the answers, in the order of the controls."""
    form = Form("http://shop/", "post", tuple(Control(name, "", "text") for name in answers))

    content = form.filled(answers).decode()

    assert list(answers.items()) == parse_qsl(content, keep_blank_values=True, strict_parsing=bool(answers))
