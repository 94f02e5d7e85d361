# SPDX-License-Identifier: Apache-2.0
"""Which statuses keep a route's contract."""

import pytest

from seeother.errors import CallerError
from seeother.policy import StatusContract

ORDERS = StatusContract(frozenset({303}), frozenset({409, 422}))


@pytest.mark.parametrize("status", [303, 409, 422])
def test_declared_status_keeps_the_contract(status: int) -> None:
    """What is listed may be answered."""
    assert ORDERS.is_declared(status)


@pytest.mark.parametrize("status", [200, 201, 206, 302, 304, 307, 400, 402, 410, 412])
def test_undeclared_status_breaks_the_contract(status: int) -> None:
    """What the route's own code decides and nobody listed is a surprise to its clients."""
    assert not ORDERS.is_declared(status)


@pytest.mark.parametrize("status", [100, 103, 401, 403, 404, 405, 413, 415, 429, 500, 502, 503, 504])
def test_what_is_not_the_routes_own_is_never_undeclared(status: int) -> None:
    """Interim answers, answers given in front of any route, and crashes are outside of the contract."""
    assert ORDERS.is_declared(status)


@pytest.mark.parametrize("status", [206, 304])
def test_other_forms_of_ok_are_declared_with_it(status: int) -> None:
    """A conditional or partial answer is the same page."""
    assert StatusContract(frozenset({200})).is_declared(status)


def test_half_that_lists_nothing_promises_nothing() -> None:
    """Whoever declares only errors may succeed as they like, and the other way round."""
    assert StatusContract(errors=frozenset({409})).is_declared(201)
    assert not StatusContract(errors=frozenset({409})).is_declared(422)
    assert StatusContract(frozenset({303})).is_declared(422)
    assert StatusContract().is_declared(418)


@pytest.mark.parametrize("status", [0, 99, 600, 999])
def test_what_is_no_status_breaks_no_contract(status: int) -> None:
    """There are other words for that."""
    assert ORDERS.is_declared(status)


def test_statuses_are_all_that_keep_the_contract() -> None:
    """The contract can be handed on as a set; without a declaration there is none."""
    statuses = ORDERS.statuses

    assert statuses is not None
    assert all((status in statuses) is ORDERS.is_declared(status) for status in range(100, 600))
    assert StatusContract().statuses is None


@pytest.mark.parametrize(("success", "errors"), [({409}, set[int]()), (set[int](), {303}), ({600}, {409})])
def test_status_in_the_wrong_half_is_refused(success: set[int], errors: set[int]) -> None:
    """It would never be met there."""
    with pytest.raises(CallerError, match="cannot be"):
        StatusContract(frozenset(success), frozenset(errors))
