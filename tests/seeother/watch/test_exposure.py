# SPDX-License-Identifier: Apache-2.0
"""Beyond this machine watch needs a token."""

import pytest

from seeother.errors import SettingsError
from seeother.watch import check_exposure


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_this_machine_needs_no_token(host: str) -> None:
    """Nobody else gets there."""
    check_exposure(host, None)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "watch.example", ""])  # noqa: S104 - refused
def test_other_hosts_need_one(host: str) -> None:
    """The complaint names the setting and the cure."""
    with pytest.raises(SettingsError, match=r"watch\.token.*SEEOTHER_TOKEN"):
        check_exposure(host, None)
    check_exposure(host, "a token")
