# SPDX-License-Identifier: Apache-2.0
"""The guard for WSGI applications.

Rules of this room: thin; it turns environments and answers into values, drives flows, and decides nothing itself.
"""

from seeother.gate import form_token, return_token
from seeother.policy import idempotency_field

from .control import ResponseControl, response_control
from .guard import Guard

__all__ = ["Guard", "ResponseControl", "form_token", "idempotency_field", "response_control", "return_token"]
