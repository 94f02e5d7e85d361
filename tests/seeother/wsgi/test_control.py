# SPDX-License-Identifier: Apache-2.0
"""What a WSGI application decides about its answer reaches the client: fields, cookies, hints, and the head's time."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

import pytest

from seeother.errors import CallerError
from seeother.policy import AlreadyStarted, preload
from seeother.wsgi import ResponseControl, response_control
from tests.seeother.wsgi.site import Call, guarded

STYLE = preload("/shop.css", "style")
STYLE_VALUE = "</shop.css>; rel=preload; as=style"
HTML = ("Content-Type", "text/html")


def controlling(act: Callable[[ResponseControl], object], status: str = "200 OK") -> WSGIApplication:
    """An application that acts on its control and then answers."""

    def app(_environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        act(response_control())
        start_response(status, [HTML, ("X-Basket", "0")])
        return [b"page"]

    return app


def test_what_is_staged_leaves_with_the_head() -> None:
    """A field takes the place of the application's own, a cookie adds up."""

    def act(control: ResponseControl) -> None:
        control.field("x-basket", "1")
        control.cookie("basket", "b7")

    call = Call(guarded(controlling(act)))

    assert call.fields == {
        "content-type": "text/html",
        "x-basket": "1",
        "set-cookie": "basket=b7; Path=/; HttpOnly; SameSite=Lax",
    }


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
    sent: list[tuple[str, str]] = []
    more: dict[str, object] = {"wsgi.early_hints": sent.extend} if offers else {}

    call = Call(guarded(controlling(lambda control: control.early_hints(STYLE))), SERVER_PROTOCOL=protocol, **more)

    assert call.fields["link"] == STYLE_VALUE
    assert sent == ([("Link", STYLE_VALUE)] if hinted else [])


def test_too_late_is_an_error() -> None:
    """In a generator whose head has left, staging says what was sent."""

    def app(_environ: dict[str, Any], start_response: StartResponse) -> Iterator[bytes]:
        control = response_control()
        start_response("200 OK", [HTML])
        started = [control.started]
        yield b"one"
        assert [*started, control.started] == [False, True]
        with pytest.raises(AlreadyStarted, match="status 200"):
            control.cookie("basket", "b7")
        yield b"two"

    assert Call(guarded(app)).rest() == b"onetwo"


def test_a_flushed_head_is_final() -> None:
    """It goes with the next piece, even an empty one; a failure after it cannot be answered any more."""

    def app(_environ: dict[str, Any], start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [HTML])
        response_control().flush()
        yield b""
        raise ValueError("broken")

    call = Call(guarded(app))

    assert (call.next(), call.status) == (b"", 200)
    with pytest.raises(ValueError, match="broken"):
        call.next()
    assert call.status == 200


def test_flushing_before_there_is_a_head() -> None:
    """Then none is held."""
    call = Call(guarded(controlling(lambda control: control.flush())))

    assert (call.next(), call.rest(), call.status) == (b"", b"page", 200)


def test_outside_of_a_guard_there_is_no_control() -> None:
    """Whoever asks without an exchange hears what is missing."""
    with pytest.raises(CallerError, match="with the guard around"):
        response_control()
