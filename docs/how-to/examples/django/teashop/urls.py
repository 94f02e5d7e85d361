# SPDX-License-Identifier: Apache-2.0
"""Where the tea shop's views are."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.home),
    path("cart", views.cart),
    path("cart/items", views.add),
    path("orders", views.order),
    path("orders/<int:number>", views.confirmation),
    path("payments/webhook", views.webhook),
    path("payments/return", views.back),
    path("stock", views.stock),
    path("coupons/<slug:code>", views.coupon),
    path("letters", views.letter),
]
