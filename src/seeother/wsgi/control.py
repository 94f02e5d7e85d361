# SPDX-License-Identifier: Apache-2.0
"""What a WSGI application may decide about the answer it is giving; `seeother.asgi` has the same with `await`.

    control = response_control()
    control.cookie("basket", token)
    control.early_hints(preload("/shop.css", "style"))

Rule of this file: the way out is the adapter's own; an exchange whose application asks for nothing pays nothing.
"""

from seeother.errors import CallerError
from seeother.gate import PASSING
from seeother.policy import AnswerControl, Link

from .outgoing import Outgoing


def response_control() -> "ResponseControl":
    """The control of the answer to the request being handled; raises CallerError outside a guard."""
    wire = getattr(PASSING.get(), "wire", None)
    if not isinstance(wire, Outgoing):
        message = "response_control() is for code that handles a request, with the guard around the application"
        raise CallerError(message)
    return ResponseControl(wire)


class ResponseControl(AnswerControl):
    """The control of an answer that leaves by WSGI."""

    __slots__ = ("_wire",)

    def __init__(self, wire: Outgoing) -> None:
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
            self._wire.hint(values)

    def flush(self) -> None:
        """Let the head go as soon as there is one: with the next piece of content, even an empty one.

        WSGI gives a head to the server no earlier than that. Flush last: a flushed head is final, so an error after
        it cannot become an honest answer any more, and a redirect after it is lost.
        """
        self._wire.flush()
