# SPDX-License-Identifier: Apache-2.0
"""Steps in the order in which people took them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.draft.order import in_order

STEPS = {"cart": {"GET /cart", "POST /cart"}, "address": {"POST /address"}, "pay": {"POST /pay"}}


def test_most_people_decide() -> None:
    """Of those who met both: who leaves early, or leaves a step out, says nothing of the others."""
    visits = [
        ("POST /cart", "POST /pay", "POST /address"),
        ("GET /cart", "GET /other", "POST /pay"),
        ("POST /pay", "POST /address"),
        ("POST /address", "GET /cart", "POST /pay"),
        ("GET /cart", "POST /address"),
    ]

    assert in_order(STEPS, visits) == ["cart", "pay", "address"]


def test_what_nobody_has_shown_stays_as_it_was_guessed() -> None:
    """No visit, or as many one way as the other."""
    assert in_order(STEPS, []) == ["cart", "address", "pay"]
    assert in_order(STEPS, [("POST /address", "GET /cart"), ("GET /cart", "POST /address")]) == [*STEPS]


@pytest.mark.parametrize(
    ("seen", "order"),
    [
        (["pay", "cart"], ["address", "pay", "cart"]),
        (["pay", "address"], ["cart", "pay", "address"]),
        (["address", "cart"], ["address", "cart", "pay"]),
    ],
)
def test_what_was_seen_of_two_steps_moves_no_other(seen: list[str], order: list[str]) -> None:
    """What was guessed holds for the rest."""
    assert in_order(STEPS, [[f"POST /{name}" for name in seen]]) == order


def test_in_a_circle_the_guess_decides() -> None:
    """Each majority contradicts the two others (Condorcet)."""
    ways = (("cart", "address", "pay"), ("address", "pay", "cart"), ("pay", "cart", "address"))

    assert in_order(STEPS, [[f"POST /{name}" for name in way] for way in ways]) == [*STEPS]


@given(st.permutations([*STEPS]), st.lists(st.sets(st.sampled_from([*STEPS]), min_size=1), min_size=1))
def test_those_who_agree_are_followed(order: list[str], who: list[set[str]]) -> None:
    """However many steps each of them leaves out, as long as somebody took all."""
    visits = [[next(iter(STEPS[step])) for step in order if step in met] for met in [*who, set(STEPS)]]

    assert in_order(STEPS, visits) == order
