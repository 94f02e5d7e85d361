# SPDX-License-Identifier: Apache-2.0
"""Steps in the order in which people took them."""

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


@given(st.permutations([*STEPS]), st.lists(st.sets(st.sampled_from([*STEPS]), min_size=1), min_size=1))
def test_those_who_agree_are_followed(order: list[str], who: list[set[str]]) -> None:
    """However many steps each of them leaves out, as long as somebody took all."""
    visits = [[next(iter(STEPS[step])) for step in order if step in met] for met in [*who, set(STEPS)]]

    assert in_order(STEPS, visits) == order
