# SPDX-License-Identifier: Apache-2.0
"""Errors: whether they say what went wrong, to whom it concerns, and before it is too late."""

from . import (
    error_answered_as_success,
    invalid_problem_details,
    response_cut_short,
    second_response_head,
    staged_fields_lost,
    undeclared_status,
    unstructured_error,
    wrong_client_error,
)

RULES = (
    error_answered_as_success.RULE,
    unstructured_error.RULE,
    invalid_problem_details.RULE,
    wrong_client_error.RULE,
    second_response_head.RULE,
    response_cut_short.RULE,
    undeclared_status.RULE,
    staged_fields_lost.RULE,
)

__all__ = ["RULES"]
