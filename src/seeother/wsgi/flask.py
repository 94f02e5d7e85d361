# SPDX-License-Identifier: Apache-2.0
"""Redirects for views of Flask, checked before a byte is sent.

    @app.post("/orders")
    def order() -> Response:
        return hand_off("/orders/7")

A target may be absolute for the hosts in `allowed` and, with the guard around the application, for the site itself.
"""

from flask import Response

from seeother import policy
from seeother.gate import current_request
from seeother.message import Response as Answer


def redirect(to: str, status: int = 303, *, allowed: frozenset[str] = frozenset()) -> Response:
    """The answer that redirects to `to`: 301, 302, 303, 307 or 308; raises CallerError for what cannot be used."""
    return response_of(policy.redirect(to, status, allowed=allowed, request=current_request()))


def hand_off(to: str, *, preserve_method: bool = False, allowed: frozenset[str] = frozenset()) -> Response:
    """The answer that takes a person to the next step: 303, or 307 with `preserve_method`, and not stored.

    Raises CallerError when the target cannot be used.
    """
    request = current_request()
    return response_of(policy.hand_off(to, preserve_method=preserve_method, allowed=allowed, request=request))


def response_of(answer: Answer) -> Response:
    """Flask's response of the guard's."""
    fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.fields]
    return Response(answer.content, answer.status, fields)
