# SPDX-License-Identifier: Apache-2.0
"""Forms: who may send them, with which method, and where their answers may lead."""

from . import (
    action_by_get,
    cross_site_action,
    post_answered_in_place,
    redirect_against_form_action,
    unprotected_form,
)

RULES = (
    unprotected_form.RULE,
    cross_site_action.RULE,
    action_by_get.RULE,
    post_answered_in_place.RULE,
    redirect_against_form_action.RULE,
)

__all__ = ["RULES"]
