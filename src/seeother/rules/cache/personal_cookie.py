# SPDX-License-Identifier: Apache-2.0
"""Cookies that must not be handed to anybody else."""

from seeother.message import Exchange, Lookup, SetCookie, every, read_set_cookie

from ..session_cookie import is_deletion, is_session_name, names_of

_REMEMBERED = 16_384  # people
# By hash, for these are secrets: they come again and again, and two in 2**64 may be taken for each other.
_RECOGNISED: dict[int, bool] = {}
_FORGERY = (b"csrf", b"xsrf")


def set_personal_cookie(exchange: Exchange) -> SetCookie | None:
    """The first cookie in an answer that says who somebody is or proves where a form comes from."""
    for value in every(exchange.response.fields, b"set-cookie"):
        cookie = read_set_cookie(value)
        if cookie is not None and _is_personal(cookie.name) and not is_deletion(cookie, exchange.at):
            return cookie
    return None


def is_recognised(lookup: Lookup) -> bool:
    """Whether a request with these fields says who somebody is."""
    line = lookup(b"cookie")
    if line is None:
        return False
    cookies = hash(line)
    recognised = _RECOGNISED.get(cookies)
    if recognised is None:
        if len(_RECOGNISED) >= _REMEMBERED:
            _RECOGNISED.clear()
        recognised = any(is_session_name(name) for name in names_of(line))
        _RECOGNISED[cookies] = recognised
    return recognised


def _is_personal(name: bytes) -> bool:
    return is_session_name(name) or any(word in name.lower() for word in _FORGERY)
