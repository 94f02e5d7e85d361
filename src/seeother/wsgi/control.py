# SPDX-License-Identifier: Apache-2.0
"""What a WSGI application may decide about the answer it is giving: fields, cookies and early hints.

    control = response_control()
    control.cookie("basket", token)
    control.early_hints(preload("/shop.css", "style"))

Rule of this file: the way out of an exchange is known only by the promise `Wire`. A WSGI head leaves with the first
content, so there is nothing to flush.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from seeother.errors import CallerError
from seeother.gate import PASSING
from seeother.policy import AnswerControl, Link, Staging

_HINTS = "wsgi.early_hints"  # as gunicorn has it: called with names and values
# An HTTP/1.1 client may take 103 for the answer itself (RFC 8297 section 3), and gunicorn sends it there, too.
_HINTED_VERSIONS = ("HTTP/2", "HTTP/3")


@runtime_checkable
class Wire(Protocol):
    """The way out of one exchange, as far as an application may touch it."""

    @property
    def staging(self) -> Staging:
        """What is staged for the head; made when first asked for."""
        ...

    @property
    def may_hint(self) -> bool:
        """Whether this connection carries early hints (see `carries_hints`)."""
        ...

    def announce(self, links: Sequence[bytes]) -> None:
        """Send early hints to the client at once (see `send_hints`)."""
        ...


def response_control() -> "ResponseControl":
    """The control of the answer to the request being handled; raises CallerError outside a guard for WSGI."""
    wire = getattr(PASSING.get(), "wire", None)
    if not isinstance(wire, Wire):
        message = "response_control() is for code that handles a request, with the guard around the application"
        raise CallerError(message)
    return ResponseControl(wire)


class ResponseControl(AnswerControl):
    """The control of an answer that leaves by WSGI."""

    __slots__ = ("_wire",)

    def __init__(self, wire: Wire) -> None:
        """Act on this way out."""
        super().__init__(wire.staging)
        self._wire = wire

    def early_hints(self, *links: Link) -> None:
        """Tell the browser what the page will need while it is still being made.

        The links stand in the final head in any case; where the server offers it and the connection is HTTP/2 or
        later they go out at once in a 103 as well.
        """
        values = self._staging.stage_links(links)
        if values and self._wire.may_hint:
            self._wire.announce(values)


def carries_hints(environ: Mapping[str, object]) -> bool:
    """Whether the server offers early hints and the connection is one where they do no harm."""
    return callable(environ.get(_HINTS)) and str(environ.get("SERVER_PROTOCOL", "")).startswith(_HINTED_VERSIONS)


def send_hints(environ: Mapping[str, object], links: Sequence[bytes]) -> None:
    """Send links as early hints by the server that made this environment; only where it carries them."""
    send = environ[_HINTS]
    if callable(send):
        send([("Link", link.decode("latin-1")) for link in links])
