# SPDX-License-Identifier: Apache-2.0
"""Repairs of redirects that do not say what they mean."""

from seeother.journey import RouteKind
from seeother.message import Exchange

from .answer_in_hand import Answer, Terms

_SEE_OTHER = 303
_FOUND = 302


def see_other_after_action(answer: Answer, exchange: Exchange, terms: Terms) -> Answer | None:
    """RED001: 303 for 302 after POST; for the other pairs only where the route is declared to be an action.

    For a browser's form nothing changes but the words: Fetch turns POST into GET for both. A PUT is repeated after
    302, and 301 is also the name of a resource that has moved (RFC 9110 section 15.4): the application may mean it.
    """
    if (exchange.request.method, answer.status) == ("POST", _FOUND) or terms.declaration.kind is RouteKind.ACTION:
        return answer._replace(status=_SEE_OTHER)
    return None
