# SPDX-License-Identifier: Apache-2.0
"""What an application may decide about the answer it is giving: fields, cookies, early hints, and when the head leaves.

    control = response_control()
    control.cookie("basket", token)
    await control.early_hints(preload("/shop.css", "style"))

Rules of this file: the way out of an exchange is known only by the promise `Wire`; an exchange whose application asks
for nothing pays nothing. Push is never used: browsers have given it up (Chrome 106, Firefox 132).
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from seeother.errors import CallerError
from seeother.gate import PASSING
from seeother.policy import AnswerControl, Link, Staging

from .drive import Message, Scope

_HINT = "http.response.early_hint"
_PUSH = "http.response.push"
_HINTED_VERSIONS = ("2", "3")  # an HTTP/1.1 client may take 103 for the answer itself (RFC 8297 section 3)


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

    async def hint(self, links: Sequence[bytes]) -> None:
        """Send early hints to the client at once."""
        ...

    async def flush(self) -> None:
        """Let the head go if one is held, and hold none from now on."""
        ...


def response_control() -> "ResponseControl":
    """The control of the answer to the request being handled.

    It is the same from tasks, threads and background tasks of the request. Raises CallerError outside a guard.
    """
    wire = getattr(PASSING.get(), "wire", None)
    if not isinstance(wire, Wire):
        message = "response_control() is for code that handles a request, with the guard around the application"
        raise CallerError(message)
    return ResponseControl(wire)


class ResponseControl(AnswerControl):
    """The control of an answer that leaves by ASGI."""

    __slots__ = ("_wire",)

    def __init__(self, wire: Wire) -> None:
        """Act on this way out."""
        super().__init__(wire.staging)
        self._wire = wire

    async def early_hints(self, *links: Link) -> None:
        """Tell the browser what the page will need while it is still being made.

        The links stand in the final head in any case; where the server offers it and the connection is HTTP/2 or
        later they go out at once in a 103 as well.
        """
        values = self._staging.stage_links(links)
        if values and self._wire.may_hint:
            await self._wire.hint(values)

    async def flush(self) -> None:
        """Let the head go as soon as there is one, not only with the first content.

        Flush last: a flushed head is final, so an error after it cannot become an honest answer any more, and a
        redirect after it is lost.
        """
        await self._wire.flush()


def carries_hints(scope: Scope) -> bool:
    """Whether the server offers early hints and the connection is one where they do no harm."""
    return _HINT in (scope.get("extensions") or {}) and scope.get("http_version", "1.1")[:1] in _HINTED_VERSIONS


def early_hint(links: Sequence[bytes]) -> Message:
    """The ASGI message that sends links as early hints."""
    return {"type": _HINT, "links": list(links)}


def refusal(message: Message, wire: Wire) -> str | None:
    """Why a message beside the answer, sent by the application itself, may not go to the server; None when it may.

    A server raises for what it did not offer, and no browser takes push (FBK005). Of hints that come in time but
    cannot go, the links are staged for the head.
    """
    kind = message["type"]
    if kind == _PUSH:
        return "browsers take no push any more"
    if kind != _HINT:
        return None
    if wire.staging.started:
        return "the head has left"
    if wire.may_hint:
        return None
    wire.staging.stage_link_values(message.get("links", ()))
    return "the server offers no early hints on this connection, or it is HTTP/1"
