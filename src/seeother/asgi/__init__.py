# SPDX-License-Identifier: Apache-2.0
"""The guard for ASGI applications.

Rules of this room: thin; it turns ASGI messages into values, drives flows, and decides nothing itself.
"""

from seeother.gate import form_token, return_token
from seeother.policy import idempotency_field

from .control import ResponseControl, response_control
from .drive import Application, ClientGone, Message, Receive, Scope, Send
from .guard import Guard

__all__ = [
    "Application",
    "ClientGone",
    "Guard",
    "Message",
    "Receive",
    "ResponseControl",
    "Scope",
    "Send",
    "form_token",
    "idempotency_field",
    "response_control",
    "return_token",
]
