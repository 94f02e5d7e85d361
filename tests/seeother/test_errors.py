# SPDX-License-Identifier: Apache-2.0
"""Errors say who is to blame, with which value, and what to do."""

import pytest

from seeother.errors import (
    CallerError,
    CallRefused,
    OutcomeUnknown,
    PeerError,
    SeeOtherError,
    SettingsError,
    StoreError,
)


def test_settings_error_names_key_value_and_cure() -> None:
    """An operator reads in one line what is wrong and what to do."""
    error = SettingsError("site.mode", "loud", "choose off or repair")

    assert str(error) == "site.mode = 'loud': choose off or repair"
    assert (error.key, error.value, error.cure) == ("site.mode", "loud", "choose off or repair")


@pytest.mark.parametrize("retryable", [False, True])
def test_store_error_tells_whether_asking_again_may_help(*, retryable: bool) -> None:
    """A caller decides by `retryable`, not by the text."""
    error = StoreError("the database is locked", retryable=retryable)

    assert str(error) == "the database is locked"
    assert error.retryable is retryable


def test_store_error_is_final_unless_said_otherwise() -> None:
    """Nobody asks again without a reason to hope."""
    assert StoreError("the disk is full").retryable is False


@pytest.mark.parametrize("kind", [SettingsError, CallerError, PeerError, StoreError])
def test_every_error_has_one_root(kind: type[Exception]) -> None:
    """Whoever embeds the package can catch all that it raises on purpose."""
    assert issubclass(kind, SeeOtherError)


@pytest.mark.parametrize("kind", [CallerError, PeerError, StoreError, SettingsError])
def test_the_kinds_are_apart(kind: type[Exception]) -> None:
    """The type says who is to blame, so no kind is another."""
    kinds = {SettingsError, CallerError, PeerError, StoreError}

    assert [other for other in kinds if issubclass(kind, other)] == [kind]


def test_a_refused_call_says_when_to_come_back() -> None:
    """Whoever answers a person needs the seconds, not the text."""
    error = CallRefused("stock", "open", 29.5)

    assert str(error) == "no call to stock now (open); come back in 29.5 s"
    assert (error.name, error.reason, error.retry_after) == ("stock", "open", 29.5)
    assert isinstance(error, PeerError)


def test_an_unknown_outcome_keeps_the_key_to_ask_again_with() -> None:
    """Another key would be another order."""
    error = OutcomeUnknown("stock", why="it answered 504", key='"7d1f"', status=504)

    assert str(error) == "nobody knows whether stock did what it was asked: it answered 504"
    assert (error.key, error.status) == ('"7d1f"', 504)
    assert not isinstance(error, CallRefused)
