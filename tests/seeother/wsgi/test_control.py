# SPDX-License-Identifier: Apache-2.0
"""What a WSGI application decides about its answer reaches the client: fields, cookies and hints."""

from collections.abc import Callable, Sequence

import pytest

from seeother.errors import CallerError
from seeother.gate import PASSING
from seeother.message import Fields
from seeother.policy import Staging, preload
from seeother.wsgi.control import ResponseControl, carries_hints, response_control, send_hints

STYLE = preload("/shop.css", "style")
STYLE_VALUE = "</shop.css>; rel=preload; as=style"


class Server:
    """An environment as a server makes it, and the hints that it was given to send."""

    def __init__(self, protocol: str, *, offers: bool = True) -> None:
        """Speak this protocol, with hints on offer or not."""
        self.hinted: list[tuple[str, str]] = []
        self.environ: dict[str, object] = {"SERVER_PROTOCOL": protocol}
        if offers:
            self.environ["wsgi.early_hints"] = self.hinted.extend


class Way:
    """The smallest way out; it is also the exchange under way, as far as its answer is concerned."""

    def __init__(self, server: Server) -> None:
        """Leave by this server."""
        self.staging = Staging()
        self.wire = self
        self._environ = server.environ

    @property
    def may_hint(self) -> bool:
        """As the server and the connection have it."""
        return carries_hints(self._environ)

    def announce(self, links: Sequence[bytes]) -> None:
        """Send hints."""
        send_hints(self._environ, links)

    def return_token(self) -> str | None:
        """No journey."""
        return None

    def form_token(self) -> str | None:
        """No secrets."""
        return None


def staged(server: Server, handler: Callable[[ResponseControl], None]) -> Fields:
    """What a handler stages for its answer."""
    way = Way(server)
    token = PASSING.set(way)
    try:
        handler(response_control())
    finally:
        PASSING.reset(token)
    return way.staging.merged(())


def test_fields_and_cookies_are_staged() -> None:
    """As in any other adapter."""

    def handler(control: ResponseControl) -> None:
        control.field("x-basket", "1")
        control.cookie("basket", "b7")

    assert staged(Server("HTTP/1.1"), handler) == (
        (b"x-basket", b"1"),
        (b"set-cookie", b"basket=b7; Path=/; HttpOnly; SameSite=Lax"),
    )


@pytest.mark.parametrize(
    ("protocol", "offers", "hinted"),
    [
        ("HTTP/2", True, True),
        ("HTTP/2.0", True, True),
        ("HTTP/3", True, True),
        ("HTTP/1.1", True, False),
        ("HTTP/1.0", True, False),
        ("HTTP/2.0", False, False),
        ("", True, False),
    ],
)
def test_hints_go_out_where_they_can(protocol: str, *, offers: bool, hinted: bool) -> None:
    """On HTTP/2 and later, if the server offers it; the head has the links in any case."""
    server = Server(protocol, offers=offers)

    def handler(control: ResponseControl) -> None:
        control.early_hints(STYLE)
        control.early_hints()

    assert staged(server, handler) == ((b"link", STYLE_VALUE.encode()),)
    assert server.hinted == ([("Link", STYLE_VALUE)] if hinted else [])


def test_outside_of_a_guard_there_is_no_control() -> None:
    """Whoever asks without an exchange hears what is missing."""
    with pytest.raises(CallerError, match="with the guard around"):
        response_control()
