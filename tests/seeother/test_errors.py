# SPDX-License-Identifier: Apache-2.0
"""Errors say who is to blame, with which value, and what to do."""

import pytest

from seeother.errors import CallerError, PeerError, SeeOtherError, SettingsError, StoreError


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
