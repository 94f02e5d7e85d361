# SPDX-License-Identifier: Apache-2.0
"""How an application's answer leaves by WSGI: one head, held until there is content, and never lost or doubled."""

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse
from wsgiref.util import FileWrapper

import pytest

from seeother.errors import CallerError
from seeother.testing import collecting
from tests.seeother.wsgi.site import Call, Content, Headers, answering, guarded

HTML = ("Content-Type", "text/html")
PLAIN = ("Content-Type", "text/plain")
TO = ("Location", "/orders/7")


def fail() -> None:
    """Fail, as a template does."""
    raise ValueError("the template is broken")


def test_what_is_as_it_should_be_is_not_touched() -> None:
    """Status line and field names are as the application spells them, with a list of its own."""
    call = Call(guarded(answering([b"tea"], "200 Fine", ("X-TEA", "1"), ("x-tea", "2"), PLAIN)))

    assert call.rest() == b"tea"
    assert call.line == "200 Fine"
    assert call.heads == [(200, [("X-TEA", "1"), ("x-tea", "2"), PLAIN])]


def test_a_stream_is_not_kept_waiting() -> None:
    """The first piece leaves before the second one is made."""
    content = Content(b"one", b"two")
    call = Call(guarded(answering(content, "200 OK", HTML)))

    first, taken = call.next(), content.taken

    assert (first, taken) == (b"one", 1)
    assert call.rest() == b"two"
    assert content.closed == 1


def test_empty_pieces_send_no_head() -> None:
    """Until there is content the answer can be mended: an error after empty pieces becomes an honest one."""
    content = Content(b"", b"", ValueError("broken"))
    call = Call(guarded(answering(content, "200 OK", HTML)))

    assert b"problem" in (call.next() or b"")
    assert call.status == 500
    with pytest.raises(ValueError, match="broken"):
        call.next()


def test_head_of_events_goes_alone() -> None:
    """A client that waits for the head of an event stream gets it with an empty piece, before any event."""
    content = Content(b"data: 1\n\n")
    call = Call(guarded(answering(content, "200 OK", ("Content-Type", "text/event-stream"))))

    assert (call.next(), content.taken, call.status) == (b"", 0, 200)
    assert call.next() == b"data: 1\n\n"


@pytest.mark.parametrize("headers", [[HTML, TO], [HTML, TO, ("Content-Length", "4")]])
def test_redirects_are_gathered(headers: list[tuple[str, str]]) -> None:
    """Nobody streams a redirect: its pieces are one answer, with or without a length."""
    content = Content(b"a", b"", b"b", b"cd")
    with collecting() as findings:
        call = Call(guarded(answering(content, "303 See Other", *headers)), "POST /orders", HTTP_ACCEPT="text/html")

    assert content.taken == 4
    assert call.next() == b"abcd"
    assert [finding.rule for finding in findings] == ["RED009"]  # no link in it: the content was seen


def test_content_of_known_length_is_gathered() -> None:
    """What has a length is no live stream, so rules see all of it."""
    content = Content(b"a", b"b")
    call = Call(guarded(answering(content, "200 OK", HTML, ("Content-Length", "2"))))

    assert call.next() == b"ab"


def test_much_content_is_not_gathered() -> None:
    """Of a large answer nothing is kept."""
    content = Content(b"a", b"b" * (2 << 20))
    call = Call(guarded(answering(content, "200 OK", HTML, ("Content-Length", str((2 << 20) + 1)))))

    assert (call.next(), content.taken) == (b"a", 1)


def test_an_endless_error_streams() -> None:
    """An error that is longer than is kept goes on as a stream, in order and complete."""
    piece = b"x" * (1 << 19)
    content = Content(piece, piece, piece, b"end")
    call = Call(guarded(answering(content, "404 Not Found", PLAIN)))

    assert call.rest() == piece * 3 + b"end"


def test_a_late_head_in_a_generator() -> None:
    """A generator calls start_response when it is first asked for content."""

    def app(_environ: dict[str, Any], start_response: StartResponse) -> Iterator[bytes]:
        start_response("302 Found", [PLAIN, TO])
        yield b"/orders/7"

    call = Call(guarded(app), "POST /orders")

    assert call.rest() == b"/orders/7"
    assert call.status == 303


def test_an_answer_begun_anew_is_no_fault() -> None:
    """PEP 3333 lets an application replace its head while nothing was sent, if it says why."""

    def app(_environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [HTML])
        try:
            fail()
        except ValueError:
            start_response("503 Service Unavailable", [PLAIN, ("Retry-After", "5")], sys.exc_info())
        return [b"busy"]

    with collecting() as findings:
        call = Call(guarded(app))

    assert (call.rest(), call.status, [finding.rule for finding in findings]) == (b"busy", 503, [])


def test_an_answer_that_has_begun_cannot_be_begun_anew() -> None:
    """Then the failure is raised again for the server, as PEP 3333 asks, and the cut is told."""

    def app(_environ: dict[str, Any], start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [HTML])
        yield b"one"
        try:
            fail()
        except ValueError:
            start_response("500 Internal Server Error", [HTML], sys.exc_info())
        yield b"never"

    call = Call(guarded(app))
    with collecting() as findings, pytest.raises(ValueError, match="the template is broken"):
        call.rest()

    assert call.status == 200
    assert [finding.rule for finding in findings] == ["ERR006"]


def test_written_content_goes_first() -> None:
    """`write` sends at once, head and all, and what is returned follows."""

    def app(_environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        write = start_response("302 Found", [PLAIN, TO])
        write(b"")
        write(b"one")
        write(b"two")
        return [b"three"]

    call = Call(guarded(app), "POST /orders")

    assert (call.written, call.status) == ([b"one", b"two"], 303)
    assert call.rest() == b"three"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_file_is_handed_over(method: str, tmp_path: Path) -> None:
    """The server gets the wrapper that it knows, so that it may send the file by itself."""
    path = tmp_path / "tea.pdf"
    path.write_bytes(b"tea")
    with path.open("rb") as opened:
        wrapper = FileWrapper(opened)
        call = Call(
            guarded(answering(wrapper, "200 OK", PLAIN)), f"{method} /tea.pdf", **{"wsgi.file_wrapper": FileWrapper}
        )

        assert call.parts is wrapper
        assert call.status == 200
        assert call.rest() == b"tea"


def test_no_head_is_a_failure() -> None:
    """An application that ends without a head has failed, and the client is told."""

    def app(_environ: dict[str, Any], _start_response: StartResponse) -> Iterable[bytes]:
        return []

    call = Call(guarded(app))

    assert (call.status, b"problem" in (call.next() or b"")) == (500, True)
    with pytest.raises(CallerError, match="without a complete answer"):
        call.next()


def test_content_without_a_head_is_a_failure() -> None:
    """Nor may content come before it."""

    def app(_environ: dict[str, Any], _start_response: StartResponse) -> Iterable[bytes]:
        return [b"tea"]

    call = Call(guarded(app))

    assert call.status == 500
    assert call.next()
    with pytest.raises(CallerError, match="before it called start_response"):
        call.next()


@pytest.mark.parametrize("line", ["OK", "", "2xx", "٢٠٠ OK"])
def test_no_status_is_a_failure(line: str) -> None:
    """A status line without a status cannot be sent."""
    call = Call(guarded(answering([b"tea"], line)))

    assert call.status == 500
    assert call.next()
    with pytest.raises(CallerError, match="is no status"):
        call.next()


def test_a_server_that_refuses_a_head_gets_another() -> None:
    """What the server does not take is the application's failure."""
    refused: list[str] = []

    class Picky(Call):
        def start_response(self, line: str, headers: Headers, _exc_info: object = None, /) -> Callable[[bytes], object]:
            if any(name == "X-Bad" for name, _ in headers):
                refused.append(line)
                raise ValueError("bad header")
            return super().start_response(line, headers)

    call = Picky(guarded(answering([b"tea"], "200 OK", ("X-Bad", "\n"))))

    assert (refused, call.status) == (["200 OK"], 500)


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_no_content_is_a_whole_answer(status: str) -> None:
    """An answer without content is complete, though a server need not ask for any."""
    with collecting() as findings:
        call = Call(guarded(answering([], status)))
        call.close()

    assert (call.next(), list(findings)) == (None, [])


def test_hints_of_the_application_itself() -> None:
    """Over HTTP/1.1 hints are put by for the head, and it is told why; the server's own way is not used."""
    hinted: list[object] = []

    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterator[bytes]:
        environ["wsgi.early_hints"]([("Link", "</a.css>; rel=preload"), ("X-Other", "1")])
        start_response("200 OK", [HTML])
        yield b"one"
        environ["wsgi.early_hints"]([("Link", "</b.css>; rel=preload")])
        yield b"two"

    with collecting() as findings:
        call = Call(guarded(app), **{"wsgi.early_hints": hinted.append})
        assert call.rest() == b"onetwo"

    assert call.fields["link"] == "</a.css>; rel=preload"
    assert hinted == []
    assert [finding.rule for finding in findings] == ["FBK005", "FBK005"]


def test_hints_over_http_2_go_out() -> None:
    """Where they do no harm, the server sends them."""
    hinted: list[object] = []

    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.early_hints"]([("link", "</a.css>; rel=preload")])
        start_response("200 OK", [HTML])
        return [b"one"]

    Call(guarded(app), SERVER_PROTOCOL="HTTP/2.0", **{"wsgi.early_hints": hinted.append}).rest()

    assert hinted == [[("Link", "</a.css>; rel=preload")]]
