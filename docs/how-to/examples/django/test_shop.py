# SPDX-License-Identifier: Apache-2.0
"""Tests of the shop that fail when the rules find something."""

import os

import django
from django.test import Client

from seeother.testing import Findings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "teashop.settings")
django.setup()  # pytest-django does both


def test_an_order_breaks_no_rule(seeother_strict: Findings) -> None:
    """Whatever the rules find on the way fails the test."""
    shop = Client()

    answer = shop.post("/orders", {"tea": "Assam"}, headers={"idempotency-key": '"k-1"'})

    assert (answer.status_code, answer["location"]) == (303, "/orders/1")
    assert seeother_strict == []


def test_what_is_known_is_allowed(seeother_strict: Findings) -> None:
    """A finding is a finding although it was repaired; this one is let be."""
    seeother_strict.allow("RED001")
    shop = Client()

    answer = shop.post("/cart/items", {"tea": "Assam"})

    assert answer.status_code == 303
    assert [finding.rule for finding in seeother_strict] == ["RED001"]
