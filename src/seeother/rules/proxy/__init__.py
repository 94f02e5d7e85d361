# SPDX-License-Identifier: Apache-2.0
"""Proxies: whether the site knows its own address, and believes nobody else about it."""

from . import (
    absolute_location_without_need,
    forged_forwarding_reflected,
    forged_host_reflected,
    location_unfit_for_outside,
    location_without_mount_prefix,
    proxy_trust_in_doubt,
)

RULES = (
    forged_host_reflected.RULE,
    forged_forwarding_reflected.RULE,
    location_unfit_for_outside.RULE,
    absolute_location_without_need.RULE,
    location_without_mount_prefix.RULE,
    proxy_trust_in_doubt.RULE,
)

__all__ = ["RULES"]
