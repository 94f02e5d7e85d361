# SPDX-License-Identifier: Apache-2.0
"""Asking the application what became of an action that nobody knows the end of."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

from seeother.message import Request, Response


class Outcome(Enum):
    """What a reconciler may say instead of an answer.

    NOTHING_HAPPENED is a promise: it cannot happen any more either, so that the action may be run.
    """

    NOTHING_HAPPENED = "nothing happened"
    STILL_UNKNOWN = "still unknown"


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What became of this action? `content` is what it brought, `key` its name within the route and the principal."""

    request: Request
    content: bytes
    key: str


Found = Response | Outcome
Reconcile = Callable[[Inquiry], Found | Awaitable[Found]]
