# SPDX-License-Identifier: Apache-2.0
"""Repairs of cookies."""

from seeother.message import Exchange, Field, read_set_cookie
from seeother.rules import is_session_name

from .answer_in_hand import Answer, Terms

_LAX = b"; SameSite=Lax"


def lax_session(answer: Answer, _exchange: Exchange, _terms: Terms) -> Answer | None:
    """JNY002: SameSite=Lax on session cookies that do not say; what browsers take for them, minus the two minutes."""
    fields = tuple([_lax(field) for field in answer.fields])
    return None if fields == answer.fields else answer._replace(fields=fields)


def _lax(field: Field) -> Field:
    name, value = field
    cookie = read_set_cookie(value) if name == b"set-cookie" else None
    if cookie is None or cookie.same_site is not None or not is_session_name(cookie.name):
        return field
    return name, value + _LAX
