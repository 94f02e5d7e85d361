# SPDX-License-Identifier: Apache-2.0
"""Pages are read as a browser reads them."""

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother_shop.shoppers.form import Control, Form
from seeother_shop.shoppers.sheet import Sheet, read_refresh

URL = "http://127.0.0.1:8303/checkout?a=b"
TEXT = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=12)


def read(markup: str) -> Sheet:
    """The sheet of a page at URL."""
    sheet = Sheet(URL)
    sheet.feed(markup)
    sheet.close()
    return sheet


def test_title_links_and_forms_are_found() -> None:
    """Targets become absolute, the method lower case, white space in the title one blank."""
    sheet = read(
        "<title> Check\n out </title><a href='/cart'>cart</a><a>no link</a>"
        "<form method=POST action=orders><input type=hidden name=k value=1><button>Buy</button></form>"
    )

    assert sheet.title == "Check out"
    assert sheet.links == ["http://127.0.0.1:8303/cart"]
    controls = (Control("k", "1", "hidden"), Control("", "", "submit"))
    assert sheet.forms == (Form("http://127.0.0.1:8303/orders", "post", controls),)


def test_a_form_without_action_goes_to_the_page_itself() -> None:
    """Without method it is a GET."""
    assert read("<form>").forms == (Form(URL, "get"),)


def test_lists_areas_and_boxes_send_what_is_chosen() -> None:
    """The selected option or the first, a text area's text without its first line break, `on` for a plain box."""
    (form,) = read(
        "<form><select name=a><option value=1>one<option value=2 selected>two</select>"
        "<select name=b><option> first  choice <option>second</select>"
        "<textarea name=c>\nhello\n</textarea><input type=checkbox name=d checked><input type=radio name=e></form>"
    ).forms

    assert form.controls == (
        Control("a", "2", "select", options=("1", "2")),
        Control("b", "first choice", "select", options=("first choice", "second")),
        Control("c", "hello\n", "textarea"),
        Control("d", "on", "checkbox"),
        Control("e", "on", "radio", is_on=False),
    )


def test_controls_outside_are_tied_by_the_forms_id() -> None:
    """A control with a `form` attribute belongs to that form; one without, outside of all forms, to none."""
    (form,) = read("<input name=stray><form id=f></form><input form=f name=tied><input form=other name=lost>").forms

    assert [control.name for control in form.controls] == ["tied"]


def test_disabled_controls_and_mute_buttons_are_not_read() -> None:
    """They send nothing."""
    (form,) = read("<form><input name=a disabled><button type=button name=b>x</button><input name=c></form>").forms

    assert [control.name for control in form.controls] == ["c"]


def test_a_form_in_a_form_does_not_exist() -> None:
    """Its controls belong to the outer form, as HTML's parser has it."""
    (form,) = read("<form action=/a><form action=/b><input name=x></form>").forms

    assert form.target.endswith("/a")
    assert [control.name for control in form.controls] == ["x"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5", (5.0, URL)),
        ("2; url=/orders/1/status", (2.0, "http://127.0.0.1:8303/orders/1/status")),
        ("0;URL='/x'", (0.0, "http://127.0.0.1:8303/x")),
        ("soon", None),
        ("", None),
    ],
)
def test_refresh_is_read_as_html_says(text: str, expected: tuple[float, str] | None) -> None:
    """Seconds, then perhaps a target; anything else is ignored."""
    assert read_refresh(text, URL) == expected
    assert read(f'<meta http-equiv=Refresh content="{text}">').refresh == expected


@given(TEXT, TEXT)
def test_what_a_page_escapes_is_read_back(name: str, value: str) -> None:
    """A hidden field's name and value survive HTML's escaping."""
    (form,) = read(f'<form><input type="hidden" name="{escape(name)}" value="{escape(value)}"></form>').forms

    assert form.controls == (Control(name, value, "hidden"),)


@given(st.text(st.sampled_from("<>/=\"' formsubmitselectoptiontextareatitle&;![]-"), max_size=200))
def test_no_page_is_too_broken_to_read(markup: str) -> None:
    """Whatever the bytes, reading ends and every form can be sent."""
    for form in read(markup).forms:
        form.filled({})
