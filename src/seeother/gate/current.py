# SPDX-License-Identifier: Apache-2.0
"""What an application may ask about the exchange that it is answering."""

from contextvars import ContextVar
from html import escape
from typing import Protocol

from seeother.breaker import Deadline
from seeother.errors import CallerError
from seeother.journey import IncidentKind
from seeother.message import Request
from seeother.policy import TOKEN_FIELD
from seeother.telemetry import Recorder


class Vouching(Protocol):
    """What the exchange under way can vouch for; the promise that a passage keeps."""

    @property
    def recorder(self) -> Recorder | None:
        """Where what happens during the exchange is recorded; None where nothing is sent."""
        ...

    def return_token(self) -> str | None:
        """A token for a return URL; None when the exchange belongs to no journey."""
        ...

    def form_token(self) -> str | None:
        """A token for a form; None when the site has no secrets."""
        ...

    def happened(self, kind: IncidentKind, **detail: str) -> None:
        """Judge something that only whoever answers sees."""
        ...

    def deadline(self) -> Deadline | None:
        """When a trusted service that asks has no use for the answer any more; None when it does not say."""
        ...


PASSING: ContextVar[Vouching | None] = ContextVar("seeother_passing", default=None)


def current_request() -> Request | None:
    """The request being handled, as it was before trusted proxies; None outside a guard."""
    request = getattr(PASSING.get(), "request", None)
    return request if isinstance(request, Request) else None


def return_token() -> str:
    """An opaque token for a return URL (`?seeother_return=…`) by which this journey is known when it comes back.

    Raises CallerError outside an exchange that belongs to a journey.
    """
    passing = PASSING.get()
    token = None if passing is None else passing.return_token()
    if token is None:
        raise CallerError("return_token() is for exchanges of a journey, with the guard around the application")
    return token


def form_token() -> str:
    """The hidden field that proves to old browsers' servers that a form is the site's own, as HTML.

    Raises CallerError outside a guard, and where the site has no secrets to sign with.
    """
    passing = PASSING.get()
    token = None if passing is None else passing.form_token()
    if token is None:
        raise CallerError("form_token() is for code that handles a request, with a guard that has [site] secrets")
    return f'<input type="hidden" name="{TOKEN_FIELD}" value="{escape(token)}">'
