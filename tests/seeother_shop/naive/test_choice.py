# SPDX-License-Identifier: Apache-2.0
"""Which mistakes a command line asks for."""

import pytest

from seeother.errors import SettingsError
from seeother.rules import CATALOGUE
from seeother_shop.naive import VARIANTS, parse_naive


def test_all_means_all() -> None:
    """One word switches every mistake on."""
    assert parse_naive("all") == {variant.name for variant in VARIANTS}


def test_some_are_named() -> None:
    """Names are parted by commas, spaces do not matter."""
    assert parse_naive(" order-302 ,") == {"order-302"}


@pytest.mark.parametrize("text", ["", "order-303", "all,order-302", ","])
def test_an_unknown_one_is_refused_with_the_known_ones(text: str) -> None:
    """Whoever mistypes reads what there is."""
    with pytest.raises(SettingsError, match="order-302"):
        parse_naive(text)


def test_each_mistake_is_seen_by_a_rule_that_exists() -> None:
    """A mistake that no rule finds would show nothing."""
    assert {variant.rule for variant in VARIANTS} <= {rule.code for rule in CATALOGUE}
