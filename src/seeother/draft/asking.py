# SPDX-License-Identifier: Apache-2.0
"""Asks a running watch which routes it has seen."""

import json
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import cast
from urllib.parse import SplitResult, urlsplit

from seeother.errors import PeerError, SettingsError

from .watched import WatchedRoutes

OPTION = "--watch"
_SECONDS = 60  # it may have to look through days of spans
_LENGTH = 64 << 20  # bytes
_FINE, _UNAUTHORIZED, _NO_SUCH = 200, 401, 404


def ask_watch(url: str, query: str, token: str | None) -> WatchedRoutes:
    """The answer of `/api/routes`; raises PeerError when nobody answers, SettingsError when it is no watch."""
    parts, port = _address(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", port, timeout=_SECONDS)
    fields = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        connection.request("GET", f"{parts.path.rstrip('/')}/api/routes?{query}", headers=fields)
        response = connection.getresponse()
        status, content = response.status, response.read(_LENGTH)
    except (OSError, HTTPException) as error:
        why = str(error) or type(error).__name__
        raise PeerError(f"{url} does not answer: {why}; is `seeother watch` running there?") from error
    finally:
        connection.close()
    return _read(url, status, content)


def _address(url: str) -> tuple[SplitResult, int | None]:
    """An address, read before anybody is asked; SettingsError for one that nobody can have."""
    if "@" in url:  # it is not shown: before the @ stands a password
        raise SettingsError(OPTION, "…", "leave out user and password: watch is shown a token")
    wrong = SettingsError(OPTION, url, 'write the address of watch, as in "http://127.0.0.1:8304"')
    try:
        parts = urlsplit(url)
        port = parts.port
        (parts.hostname or "").encode("idna")  # as whoever looks it up does
    except ValueError as error:
        raise wrong from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or not parts.path.isascii():
        raise wrong
    return parts, port


def _read(url: str, status: int, content: bytes) -> WatchedRoutes:
    if status == _UNAUTHORIZED:
        cure = "it wants to be shown its token: set SEEOTHER_WATCH_TOKEN to what its [watch] token is"
        raise SettingsError(OPTION, url, cure)
    if status not in {_FINE, _NO_SUCH}:
        raise PeerError(f"{url} has answered {status}")
    try:
        answer = json.loads(content)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or not {"routes", "visits"} <= answer.keys():
        raise SettingsError(OPTION, url, "what answers there is no watch, or an older one")
    return cast("WatchedRoutes", answer)
