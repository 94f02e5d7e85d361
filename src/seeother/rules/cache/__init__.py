# SPDX-License-Identifier: Apache-2.0
"""Caching: whether answers that are one person's stay with that person, and redirects lead where they lead now."""

from . import (
    journey_page_storable,
    lasting_redirect_in_journey,
    permanent_redirect_in_journey,
    personal_redirect_shared,
    post_result_not_stored,
    pragma_for_cache_control,
    redirect_varies_untold,
)

RULES = (
    permanent_redirect_in_journey.RULE,
    personal_redirect_shared.RULE,
    lasting_redirect_in_journey.RULE,
    redirect_varies_untold.RULE,
    journey_page_storable.RULE,
    post_result_not_stored.RULE,
    pragma_for_cache_control.RULE,
)

__all__ = ["RULES"]
