# SPDX-License-Identifier: Apache-2.0
"""Journeys: what makes people lose their way, their session or their order between one step and the next."""

from . import (
    action_doubled_by_double_click,
    action_repeated_by_reload,
    fetch_redirected_to_login,
    journey_id_lost_on_redirect,
    session_cookie_without_same_site,
    session_lost_on_return,
    step_broken_when_opened_cold,
    unknown_outcome_shown_as_failure,
)

RULES = (
    session_lost_on_return.RULE,
    session_cookie_without_same_site.RULE,
    action_doubled_by_double_click.RULE,
    action_repeated_by_reload.RULE,
    step_broken_when_opened_cold.RULE,
    unknown_outcome_shown_as_failure.RULE,
    journey_id_lost_on_redirect.RULE,
    fetch_redirected_to_login.RULE,
)

__all__ = ["RULES"]
