# SPDX-License-Identifier: Apache-2.0
"""The storefront: server-rendered pages that work without a script, from the shelf to the paid order."""

from .app import Neighbours, create_app
from .errands import open_errands
from .tables import Cart, CartLine, Errand, Order, OrderLine, OrderState, Shelf, Tables

__all__ = [
    "Cart",
    "CartLine",
    "Errand",
    "Neighbours",
    "Order",
    "OrderLine",
    "OrderState",
    "Shelf",
    "Tables",
    "create_app",
    "open_errands",
]
