# SPDX-License-Identifier: Apache-2.0
"""What in a path is a name, and what a word."""

import pytest

from seeother.draft.template import template_of


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/", "/"),
        ("/cart", "/cart"),
        ("/orders/1017", "/orders/{id}"),
        ("/orders/1017/items/3", "/orders/{id}/items/{id2}"),
        ("/orders/8e03978e-40d5-43dd-bc93-6894a57f9324", "/orders/{id}"),
        ("/orders/507f1f77bcf86cd799439011/pay", "/orders/{id}/pay"),
        ("/p/green-tea", "/p/{slug}"),
        ("/products/42", "/products/{id}"),
        ("/products", "/products"),
        ("/invoices/INV-2041", "/invoices/{id}"),
        ("/checkout/address", "/checkout/address"),
        ("/checkout/confirmation", "/checkout/confirmation"),
        ("/api/v2/orders", "/api/v2/orders"),
        ("/oauth2/login", "/oauth2/login"),
        ("/people/ann@example.org/cart", "/people/{id}/cart"),
        ("/säle/grün", "/{id}/{id2}"),
        ("/a b/{x}", "/{id}/{id2}"),
        ("/cart/", "/cart/"),
    ],
)
def test_names_in_a_path_are_told_from_its_words(path: str, template: str) -> None:
    """From one visit alone."""
    assert template_of(path) == template
