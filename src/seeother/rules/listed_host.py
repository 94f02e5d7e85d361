# SPDX-License-Identifier: Apache-2.0
"""Knows the hosts that redirects may lead to because the operator has listed them."""

from seeother.message import Origin

DEFAULT_PORTS = frozenset({80, 443})


def is_listed(origin: Origin, hosts: frozenset[str]) -> bool:
    """Whether an origin is on a list (`pay.example`, `pay.example:8443`); without a port the usual ones count."""
    if not hosts:
        return False
    names = {f"{origin.host}:{origin.port}"} | ({origin.host} if origin.port in DEFAULT_PORTS else set[str]())
    return not names.isdisjoint([host.lower() for host in hosts])
