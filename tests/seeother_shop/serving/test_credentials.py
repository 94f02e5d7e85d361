# SPDX-License-Identifier: Apache-2.0
"""Secrets by the environment."""

import pytest
from standardwebhooks import Webhook

from seeother.errors import SettingsError
from seeother_shop.serving import API_KEY, SITE_SECRET, WEBHOOK_SECRET, credential, fresh_secrets


def test_fresh_secrets_are_usable_and_new() -> None:
    """One run's secrets fit where they go, and are no other run's."""
    first, second = fresh_secrets(), fresh_secrets()

    assert set(first) == {API_KEY, WEBHOOK_SECRET, SITE_SECRET}
    assert all(credential(first, name) == first[name] for name in first)
    assert not set(first.values()) & set(second.values())
    Webhook(first[WEBHOOK_SECRET])


@pytest.mark.parametrize("environ", [{}, {API_KEY: ""}, {API_KEY: "hunter2"}])
def test_a_missing_or_short_secret_is_refused_and_not_shown(environ: dict[str, str]) -> None:
    """The error names the variable, never its value."""
    with pytest.raises(SettingsError, match=API_KEY) as error:
        credential(environ, API_KEY)

    assert "hunter2" not in str(error.value)
