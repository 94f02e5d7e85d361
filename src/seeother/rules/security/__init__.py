# SPDX-License-Identifier: Apache-2.0
"""Security: where a redirect may be made to lead, what its address gives away, and who may say "paid"."""

from . import disguised_location, forgeable_callback, open_redirect, secret_in_location

RULES = (
    open_redirect.RULE,
    disguised_location.RULE,
    secret_in_location.RULE,
    forgeable_callback.RULE,
)

__all__ = ["RULES"]
