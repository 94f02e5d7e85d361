# SPDX-License-Identifier: Apache-2.0
"""What an application may ask about the exchange that it is answering."""

import pytest

from seeother.errors import CallerError
from seeother.gate import PASSING, current_request, form_token, return_token
from tests.seeother.gate.site import back, gate, passage


def test_tokens_come_from_the_exchange_under_way() -> None:
    """A hidden field for a form, and a token for a return URL."""
    at = gate()
    here = passage("POST /cart/items", at=at)
    entered = PASSING.set(here)
    try:
        field, token = form_token(), return_token()
    finally:
        PASSING.reset(entered)

    assert field.startswith('<input type="hidden" name="seeother_token" value="')
    assert back(here, "POST /orders", at=at).is_form_token(field.split('"')[5].encode())
    assert here.shared.seal is not None
    identity = here.shared.seal.from_return_token(token.encode(), here.shared.clock.time())
    assert identity is not None
    assert identity.journey_id == here.context.journey_id


def test_outside_a_guard_there_are_none() -> None:
    """The error says what is missing."""
    with pytest.raises(CallerError, match="with a guard"):
        form_token()
    with pytest.raises(CallerError, match="exchanges of a journey"):
        return_token()


def test_a_site_without_secrets_signs_nothing() -> None:
    """A token that proves nothing would be worse than none."""
    here = passage("GET /", at=gate(site={"secrets": []}, journey={}))
    entered = PASSING.set(here)
    try:
        with pytest.raises(CallerError, match="secrets"):
            form_token()
    finally:
        PASSING.reset(entered)


def test_the_request_is_that_of_the_exchange_under_way() -> None:
    """And there is none outside a guard."""
    here = passage("POST /orders")
    entered = PASSING.set(here)
    try:
        assert current_request() is here.request
    finally:
        PASSING.reset(entered)
    assert current_request() is None
