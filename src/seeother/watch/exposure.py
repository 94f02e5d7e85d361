# SPDX-License-Identifier: Apache-2.0
"""Who may reach watch: this machine, or whoever shows the token."""

from ipaddress import ip_address

from seeother.errors import SettingsError


def check_exposure(host: str, token: str | None) -> None:
    """Refuse to listen beyond this machine without a token."""
    if token is None and not _is_loopback(host):
        cure = f'listening on {host}, others can reach watch; set token = "env:SEEOTHER_TOKEN" in [watch]'
        raise SettingsError("watch.token", None, cure)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name: it may point anywhere
        return False
