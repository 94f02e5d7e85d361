# SPDX-License-Identifier: Apache-2.0
"""What methods promise is what RFC 9110 and httplint say."""

from httplint.status import safe_methods

from seeother.message import IDEMPOTENT_METHODS, SAFE_METHODS


def test_safe_methods_are_those_of_httplint() -> None:
    """RFC 9110 section 9.2.1 names four."""
    assert frozenset(safe_methods) == SAFE_METHODS


def test_idempotent_methods_are_the_safe_ones_and_two_more() -> None:
    """RFC 9110 section 9.2.2: PUT and DELETE; POST and PATCH promise nothing."""
    assert {"PUT", "DELETE"} == IDEMPOTENT_METHODS - SAFE_METHODS
    assert SAFE_METHODS < IDEMPOTENT_METHODS
