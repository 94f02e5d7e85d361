# SPDX-License-Identifier: Apache-2.0
"""Redirects: whether they say what they mean, and lead where they should."""

from . import (
    ambiguous_redirect_after_action,
    content_resent_after_action,
    content_sent_to_another_origin,
    redirect_chain,
    redirect_to_an_error,
    redirect_without_link,
    status_and_location_disagree,
    unsafe_request_at_wrong_address,
    unusable_location,
)

RULES = (
    ambiguous_redirect_after_action.RULE,
    content_resent_after_action.RULE,
    content_sent_to_another_origin.RULE,
    status_and_location_disagree.RULE,
    unusable_location.RULE,
    redirect_chain.RULE,
    unsafe_request_at_wrong_address.RULE,
    redirect_to_an_error.RULE,
    redirect_without_link.RULE,
)

__all__ = ["RULES"]
