# SPDX-License-Identifier: Apache-2.0
"""What every page of the shop has, whatever is on it."""

import re

import httpx2
import pytest

from seeother_shop.catalogue import PRODUCTS
from seeother_shop.connection import trusted_for
from tests.seeother_shop.buyer import Buyer, Form

_BROWSED = "private, no-cache"
_KEPT_NOWHERE = "no-store"


@pytest.mark.parametrize(
    ("path", "status", "cache"),
    [
        ("/", 200, _BROWSED),
        ("/products/oak-stool", 200, _BROWSED),
        ("/products/gold", 404, _KEPT_NOWHERE),
        ("/cart", 200, _BROWSED),
        ("/checkout", 200, _KEPT_NOWHERE),
    ],
)
def test_every_page_is_strict_and_complete(visitor: Buyer, path: str, status: int, cache: str) -> None:
    """No script may run, nothing foreign is loaded, no shared cache keeps it; there is one heading and a way on."""
    visitor.fill_cart()

    page = visitor.go(path)

    fields, text = page.answer.headers, page.answer.text
    assert (page.answer.status_code, fields["cache-control"]) == (status, cache)
    assert "default-src 'none'" in fields["content-security-policy"]
    assert "script-src" not in fields["content-security-policy"]
    assert fields["x-content-type-options"] == "nosniff"
    assert {each.strip() for each in fields["vary"].split(",")} == {"Cookie", "Accept-Language"}
    assert "<script" not in text
    assert " style=" not in text
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text)
    assert '<html lang="en">' in text
    assert text.count("<h1") == 1
    assert "/cart" in page.links


@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/static/nothing.css", 404), ("/orders", 405)])
def test_a_page_that_is_none_of_ours_leads_on(visitor: Buyer, path: str, status: int) -> None:
    """The framework's own words are for machines; the guard says it to people, in both languages."""
    page = visitor.go(path)

    assert page.answer.status_code == status
    assert 'lang="zh-Hans"' in page.answer.text
    assert "/" in page.links
    assert "detail" not in page.text


def test_forms_carry_the_guard_s_token(visitor: Buyer) -> None:
    """A browser that does not say where a form comes from is believed with it, and not without."""
    cart = visitor.fill_cart()
    form = visitor.go("/products/oak-stool").form("/cart/items")

    forged = visitor.post(Form(form.target, {**form.values, "seeother_token": "x" * 48}))

    assert forged.status_code == 403
    assert visitor.post(form).status_code == 303
    assert all("seeother_token" in each.values for each in (*cart.forms, *visitor.go("/checkout").forms))


def test_the_shelf_shows_everything_with_its_drawing(visitor: Buyer) -> None:
    """Each product has a link, a name, a price and a drawing of its own."""
    page = visitor.go("/")

    assert {f"/products/{product.slug}" for product in PRODUCTS} <= set(page.links)
    assert all(product.name in page.text for product in PRODUCTS)
    assert page.answer.text.count('<span class="panel') == len(PRODUCTS) == page.text.count("€")


def test_files_are_kept_for_good_under_a_name_that_changes_with_them(visitor: Buyer) -> None:
    """A style sheet is loaded once; another digest in the name is another file."""
    found = re.search(r'href="(/static/shop\.[0-9a-f]{12}\.css)"', visitor.go("/").answer.text)
    assert found is not None

    style = httpx2.get(visitor.premises.shop + found[1], verify=trusted_for(visitor.premises.shop))
    other = httpx2.get(
        f"{visitor.premises.shop}/static/shop.000000000000.css", verify=trusted_for(visitor.premises.shop)
    )

    assert style.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert "set-cookie" not in style.headers
    assert other.status_code == 404


@pytest.mark.parametrize("quantity", ["0", "-1", "21", "two", "²", "1.5"])
def test_a_number_that_is_none_is_part_of_the_dialogue(visitor: Buyer, quantity: str) -> None:
    """The product's page comes back and says what may be chosen; the cart stays empty."""
    answer = visitor.post(visitor.go("/products/oak-stool").form("/cart/items"), quantity=quantity)

    assert answer.status_code == 422
    assert "from 1 to 20" in answer.text
    assert "Your cart is empty" in visitor.go("/cart").text


def test_something_else_than_our_products_cannot_be_put_in(visitor: Buyer) -> None:
    """A form with a product that is not on the shelf is answered with a way on."""
    form = visitor.go("/products/oak-stool").form("/cart/items")

    assert visitor.post(form, product="gold").status_code == 404


def test_what_is_taken_out_is_out(visitor: Buyer) -> None:
    """Removing leads back to the cart."""
    visitor.fill_cart("oak-stool")
    cart = visitor.fill_cart("bud-vase")

    left = visitor.send(cart.form("/cart/items/oak-stool/remove"))

    assert "Bud vase" in left.text
    assert "Oak stool" not in left.text


def test_nobody_checks_out_an_empty_cart(visitor: Buyer) -> None:
    """The form is not shown, and an order without anything in it is not made."""
    visitor.fill_cart("bud-vase")
    form = visitor.go("/checkout").form("/orders")
    visitor.send(visitor.go("/cart").form("/cart/items/bud-vase/remove"))

    answers = [visitor.go("/checkout").text, visitor.send(form, name="Ada").text]

    assert all("Your cart is empty" in text for text in answers)
