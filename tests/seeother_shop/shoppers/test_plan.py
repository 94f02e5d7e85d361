# SPDX-License-Identifier: Apache-2.0
"""A seed decides; the shop's answers do not."""

from collections import Counter
from itertools import islice
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother_shop.shoppers import Kind, draw_plan, plans_of
from seeother_shop.shoppers.catalogue import KINDS, NAMES, USER_AGENTS
from seeother_shop.shoppers.plan import LEAVING


@given(st.integers(), st.integers(0, 1000))
def test_the_same_seed_makes_the_same_decisions(seed: int, shopper: int) -> None:
    """Two runs with one seed plan the same visits, one after the other."""
    assert list(islice(plans_of(seed, shopper), 5)) == list(islice(plans_of(seed, shopper), 5))


def test_shoppers_of_one_seed_differ() -> None:
    """A crowd is no choir."""
    plans = {next(plans_of(1, shopper)) for shopper in range(50)}

    assert len(plans) == 50


def test_every_kind_and_every_habit_comes_by() -> None:
    """A thousand visits show each kind about as often as its weight says, and each way to leave."""
    plans = [next(plans_of(7, shopper)) for shopper in range(1000)]

    kinds = Counter(plan.kind for plan in plans)
    weights = sum(kind.weight for kind in KINDS)
    assert {kind.name: 1000 * kind.weight / weights for kind in KINDS} == pytest.approx(dict(kinds), abs=45)
    assert {plan.leaves_at for plan in plans} == {None, *LEAVING}
    for habit in ("mistypes", "clicks_twice", "goes_back", "refreshes", "declined"):
        assert {getattr(plan, habit) for plan in plans} == {True, False}


def test_a_habit_of_one_is_always_kept_and_of_nought_never() -> None:
    """Probabilities mean what they say at their ends."""
    kind = Kind("x", weight=1, pause_seconds=0.5, leaves=0.0, clicks_twice=1.0)
    source = Random(3)  # noqa: S311  # repeatable on purpose

    plans = [draw_plan(source, (kind,), USER_AGENTS, NAMES) for _ in range(200)]

    assert {(plan.leaves_at, plan.clicks_twice, plan.mistypes) for plan in plans} == {(None, True, False)}


def test_think_times_are_about_the_kinds_pause() -> None:
    """Half of the pauses are shorter than the median given, none is negative."""
    kind = Kind("x", weight=1, pause_seconds=0.4)
    source = Random(5)  # noqa: S311  # repeatable on purpose

    pauses = sorted(
        pause for _ in range(100) for pause in draw_plan(source, (kind,), USER_AGENTS, NAMES).pauses_seconds
    )

    assert pauses[0] > 0
    assert pauses[len(pauses) // 2] == pytest.approx(0.4, rel=0.1)
