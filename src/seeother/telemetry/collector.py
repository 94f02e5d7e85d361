# SPDX-License-Identifier: Apache-2.0
"""One connection to an OTLP/HTTP collector, kept open between posts; says what an answer means for the sender."""

import http.client
from typing import NamedTuple
from urllib.parse import urlsplit

from seeother.clock import Clock
from seeother.errors import SettingsError
from seeother.message import read_retry_after

from .protobuf import rejected

_RETRYABLE = frozenset({429, 502, 503, 504})  # OTLP/HTTP, "Retryable response codes"; 408 and 500 are not among them
_UNKNOWN = frozenset({404, 405, 415, 501})  # nothing of this kind is taken there, now or later
_ANSWER_BYTES = 65_536  # more of an answer is not read: it can only be an error page
_CURE = "give the collector's address without path of a signal, as in http://127.0.0.1:8304"


class Delivery(NamedTuple):
    """What became of one post: taken (less `rejected` items), to be sent again, or refused for good.

    `unknown` says that whatever else is sent to that path will be refused too.
    """

    accepted: bool
    again: bool = False
    retry_after: float | None = None  # seconds
    rejected: int = 0
    unknown: bool = False


class Collector:
    """The collector behind `endpoint`; not to be used by two threads at once."""

    __slots__ = ("_clock", "_connection", "_fields", "_host", "_path", "_port", "_secure", "_timeout")

    def __init__(self, endpoint: str, *, token: str | None, timeout: float, clock: Clock) -> None:
        """Check the address, connect to nothing; raises SettingsError for an address that cannot be one."""
        # Before an @ stands a password.
        refused = SettingsError("telemetry.endpoint", "…" if "@" in endpoint else endpoint, _CURE)
        try:
            parts = urlsplit(endpoint)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise refused from None
        if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment or "@" in parts.netloc:
            raise refused
        self._clock = clock
        self._secure = parts.scheme == "https"
        self._host = host
        self._port = port
        self._path = parts.path.rstrip("/")
        self._timeout = timeout
        self._fields = {
            "Content-Type": "application/x-protobuf",
            "Content-Encoding": "gzip",
            "User-Agent": "seeother",
        }
        if token is not None:
            self._fields["Authorization"] = f"Bearer {token}"
        self._connection: http.client.HTTPConnection | None = None

    def post(self, path: str, body: bytes) -> Delivery:
        """Send one body, already compressed; a connection the collector closed while it was idle is opened anew."""
        reused = self._connection is not None
        try:
            return self._exchange(path, body)
        except (OSError, http.client.HTTPException):
            self.close()
        if not reused:
            return Delivery(accepted=False, again=True)
        try:
            return self._exchange(path, body)
        except (OSError, http.client.HTTPException):
            self.close()
            return Delivery(accepted=False, again=True)

    def close(self) -> None:
        """Close the connection; the next post opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _exchange(self, path: str, body: bytes) -> Delivery:
        connection = self._connection
        if connection is None:
            kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
            connection = self._connection = kind(self._host, self._port, timeout=self._timeout)
        connection.request("POST", self._path + path, body, self._fields)
        response = connection.getresponse()
        answer = response.read(_ANSWER_BYTES)
        if not response.isclosed():
            self.close()
        if response.status == http.client.OK:
            return Delivery(accepted=True, rejected=rejected(answer))
        return Delivery(
            accepted=False,
            again=response.status in _RETRYABLE,
            unknown=response.status in _UNKNOWN,
            retry_after=_seconds(response.getheader("Retry-After"), self._clock.time()),
        )


def _seconds(retry_after: str | None, now: float) -> float | None:
    """A Retry-After field as seconds from `now`, in either form (RFC 9110 section 10.2.3); None when it is neither."""
    if retry_after is None:
        return None
    wait = read_retry_after(retry_after.encode("latin-1", "replace"))
    return None if wait is None else wait.delay(now)
