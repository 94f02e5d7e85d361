# SPDX-License-Identifier: Apache-2.0
"""One request and what answered it (RFC 9110 section 3.9), as values that touch no socket.

Named tuples, because several are made for every request that passes.
"""

from typing import NamedTuple

from .fields import Fields
from .method import SAFE_METHODS


class Request(NamedTuple):
    """The head of a request; `path` is decoded, `query` is as sent, `client` is the peer's address."""

    method: str
    path: str
    query: bytes = b""
    scheme: str = "http"
    authority: bytes = b""
    fields: Fields = ()
    client: str | None = None

    @property
    def url(self) -> str:
        """The target as an absolute URI, for people to read."""
        query = "?" + self.query.decode("latin-1") if self.query else ""
        return f"{self.scheme}://{self.authority.decode('latin-1')}{self.path}{query}"

    @property
    def is_safe(self) -> bool:
        """Whether the method is defined as read-only (RFC 9110 section 9.2.1)."""
        return self.method in SAFE_METHODS


class ResponseHead(NamedTuple):
    """The status and the field lines of a response."""

    status: int
    fields: Fields = ()


class Response(NamedTuple):
    """A whole response, content included."""

    status: int
    fields: Fields = ()
    content: bytes = b""

    @property
    def head(self) -> ResponseHead:
        """The response without its content."""
        return ResponseHead(self.status, self.fields)


class Exchange(NamedTuple):
    """One request with the head of its response; `content` is the response's where it was kept.

    `at` is when the request came, in seconds since the epoch, where that is known.
    """

    request: Request
    response: ResponseHead
    content: bytes | None = None
    at: float | None = None
