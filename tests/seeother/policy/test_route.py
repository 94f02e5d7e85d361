# SPDX-License-Identifier: Apache-2.0
"""What follows from what is declared about a route."""

import pytest

from seeother.message import Pattern
from seeother.policy import RoutePolicy

ORDERS = Pattern.parse("POST /orders")


def route(success: set[int], errors: set[int], dialogue: set[int]) -> RoutePolicy:
    """A route with these statuses."""
    return RoutePolicy(
        ORDERS, success=frozenset(success), errors=frozenset(errors), dialogue=frozenset(dialogue)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("success", "errors", "dialogue", "kept", "broken"),
    [
        ({303}, {409}, {422}, {303, 409, 422, 404, 500}, {200, 302, 400}),
        ({303}, set[int](), {422}, {303, 400, 409}, {200}),
        (set[int](), {409}, {422}, {200, 303, 409, 422}, {400}),
    ],
)
def test_contract_is_of_what_is_declared(
    success: set[int], errors: set[int], dialogue: set[int], *, kept: set[int], broken: set[int]
) -> None:
    """What is dialogue is declared; a half that lists nothing promises nothing."""
    contract = route(success, errors, dialogue).contract

    assert contract is not None
    assert kept <= contract
    assert not broken & contract


def test_dialogue_alone_is_no_contract() -> None:
    """Whoever says that a form may be shown again has said nothing about the rest."""
    assert route(set(), set(), {422}).contract is None
