# SPDX-License-Identifier: Apache-2.0
"""What a WSGI environment says (PEP 3333), as a request, and back.

Rules of this file: the text in an environment is bytes decoded as latin-1; whatever a server or a test puts there
instead is replaced and never raises.
"""

from functools import lru_cache
from typing import Any

from seeother.errors import SettingsError
from seeother.gate import Entry
from seeother.message import FORWARDED_FIELDS, Pattern, Request

Environ = dict[str, Any]

ROUTE = "seeother.route"  # the framework's own template of the route, where its door knows it
_FIELD = "HTTP_"
_REQUEST_OF_FLASK = "werkzeug.request"
_BARE = {"CONTENT_TYPE": b"content-type", "CONTENT_LENGTH": b"content-length"}  # the two without a prefix
_DIGITS = 18  # of a length; more than any disk holds
_NAMES = 512  # of fields that are remembered: more than browsers and proxies send


def request_of(environ: Environ) -> Request:
    """The request's head; its path is the whole one, with the prefix under which the application is mounted."""
    fields: list[tuple[bytes, bytes]] = []
    authority = b""
    for key, value in environ.items():
        if key.startswith(_FIELD):
            if key in {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"}:
                continue  # never the real ones (RFC 3875 section 4.1.18)
            name, line = _name_of(key), _bytes_of(value)
            fields.append((name, line))
            if name == b"host":
                authority = line
        elif value and key in _BARE:
            fields.append((_BARE[key], _bytes_of(value)))
    return Request(
        str(environ.get("REQUEST_METHOD", "GET")),
        _path_of(environ),
        _bytes_of(environ.get("QUERY_STRING", "")),
        str(environ.get("wsgi.url_scheme", "http")),
        authority or _server_of(environ),
        tuple(fields),
        environ.get("REMOTE_ADDR") or None,
    )


def apply(environ: Environ, entry: Entry) -> None:
    """Make the environment say what counts: how the request was before the trusted proxies, or without forgeries."""
    if entry.forged:
        for name in FORWARDED_FIELDS:
            environ.pop(_FIELD + name.decode().upper().replace("-", "_"), None)
    if entry.forwarding is not None:
        environ["wsgi.url_scheme"] = entry.request.scheme
        environ["HTTP_HOST"] = entry.request.authority.decode("latin-1")
        if entry.request.client is not None:
            environ["REMOTE_ADDR"] = entry.request.client


def template_of(environ: Environ) -> str | None:
    """The template of the route that the framework chose: Flask's, or whatever a framework's door noted."""
    route = environ.get(ROUTE)
    if route is None:
        route = getattr(getattr(environ.get(_REQUEST_OF_FLASK), "url_rule", None), "rule", None)
    return _normalised(f"{environ.get('SCRIPT_NAME', '')}{route}") if isinstance(route, str) else None


def content_length(environ: Environ) -> int | None:
    """How long the request's content is; None when that is not said, or not in digits."""
    said = str(environ.get("CONTENT_LENGTH") or "").strip()
    return int(said[:_DIGITS]) if said.isascii() and said.isdigit() else None


@lru_cache(_NAMES)
def _name_of(key: str) -> bytes:
    return key[len(_FIELD) :].lower().replace("_", "-").encode("latin-1", "replace")


@lru_cache(_NAMES)
def _normalised(route: str) -> str:
    """A route in our words; a regular expression, and what else is no template, as it stands."""
    try:
        return Pattern.parse(f"GET {route}").template
    except SettingsError:
        return route


def _bytes_of(text: object) -> bytes:
    return str(text).encode("latin-1", "replace")


def _path_of(environ: Environ) -> str:
    path = f"{environ.get('SCRIPT_NAME', '')}{environ.get('PATH_INFO', '')}" or "/"
    return path if path.isascii() else _bytes_of(path).decode("utf-8", "replace")


def _server_of(environ: Environ) -> bytes:
    """The authority for an HTTP/1.0 request that names no host (PEP 3333, URL reconstruction)."""
    name, port = _bytes_of(environ.get("SERVER_NAME", "")), _bytes_of(environ.get("SERVER_PORT", ""))
    default = b"443" if environ.get("wsgi.url_scheme") == "https" else b"80"
    return name if port in {b"", default} else name + b":" + port
