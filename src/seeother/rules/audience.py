# SPDX-License-Identifier: Apache-2.0
"""Who is going to read an answer: a person in a browser, or a program that understands JSON."""

from seeother.message import Request, every, first, media_type, preferred

_NAVIGATIONS = frozenset({b"document", b"embed", b"frame", b"iframe", b"object"})  # Fetch section 2.2.5
_JSON, _PAGE = b"application/json", b"text/html"


def is_navigation(request: Request) -> bool:
    """Whether a browser is going to a page.

    Browsers say so to https and localhost only; elsewhere it is whoever names HTML and likes nothing better.
    """
    mode = first(request.fields, b"sec-fetch-mode")
    if mode is not None:
        return mode == b"navigate"
    destination = first(request.fields, b"sec-fetch-dest")
    if destination is not None:
        return destination in _NAVIGATIONS
    accept = _accept(request)
    return (
        _PAGE in accept
        and first(request.fields, b"x-requested-with") is None
        and preferred(accept, (_PAGE, _JSON)) == _PAGE
    )


def asks_for_json(request: Request) -> bool:
    """Whether a client other than a navigation names JSON, of any kind, and does not like HTML better."""
    accept = _accept(request)
    return b"json" in accept and not is_navigation(request) and preferred(accept, (_JSON, _PAGE)) != _PAGE


def takes_json(request: Request) -> bool:
    """Whether a client other than a navigation takes JSON, by name or not, and does not like HTML better."""
    return not is_navigation(request) and preferred(_accept(request), (_JSON, _PAGE)) == _JSON


def sends_json(request: Request) -> bool:
    """Whether the request's own content is JSON, of any kind."""
    sent = media_type(request.fields)
    return sent == _JSON or sent.endswith(b"+json")


def _accept(request: Request) -> bytes:
    return b", ".join(every(request.fields, b"accept")).lower()
