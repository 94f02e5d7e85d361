# SPDX-License-Identifier: Apache-2.0
"""The way out of one exchange by WSGI: one head, held until there is content, so that it can still be mended.

    nothing ── start_response ──> held ── content, or flush ──> begun ── the last content ──> ended
                                   └── another head: it takes the first one's place

Rules of this file:
- The server learns of a head when it leaves, not before: PEP 3333 lets an application start its answer anew with
  `exc_info` until then, and so does this.
- Whether an answer is all in hand, WSGI does not say. It is when the application gives a list, when its content has
  the length that the head tells, and when it is a redirect or an error, which nobody streams; those are gathered.
- A file goes to the server as it is, so that it may be sent by the system; it has ended when it is handed over.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from itertools import chain
from types import TracebackType
from typing import NamedTuple
from wsgiref.types import StartResponse, WSGIApplication

from seeother.errors import CallerError
from seeother.gate import Passage, goes_alone, second_head
from seeother.journey import IncidentKind
from seeother.message import Fields, Status, first
from seeother.policy import Answer, Staging

from .environ import Environ, template_of

Headers = list[tuple[str, str]]
Content = Generator[bytes, None, None]  # pieces of it
ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

_GATHERED = 1 << 20  # bytes of an answer that are kept to be judged; of more it is not all in hand
_FIRST_REDIRECT = 300
_CODE_DIGITS = 3
_HINTS = "wsgi.early_hints"  # gunicorn's, since 24
_HINTED_PROTOCOLS = ("HTTP/2", "HTTP/3")  # an HTTP/1.1 client may take 103 for the answer itself (RFC 8297 section 3)
_INCOMPLETE = "the application ended without a complete answer"


class _Head(NamedTuple):
    """A head as the application gave it, and as values."""

    line: str
    headers: Headers
    status: int
    fields: Fields


class Outgoing:
    """The way out of one exchange, as far as the application, a flow and an application's control may touch it."""

    __slots__ = (
        "_ended",
        "_environ",
        "_fields",
        "_flushed",
        "_given",
        "_held",
        "_hints",
        "_keeps",
        "_late",
        "_muted",
        "_passage",
        "_start",
        "_wrapper",
        "_write",
        "_written",
        "answer",
        "begun",
        "file",
        "template",
    )  # fmt: skip

    def __init__(self, passage: Passage, environ: Environ, start_response: StartResponse) -> None:
        """Send to the server by `start_response`."""
        self._passage = passage
        self._environ = environ
        self._start = start_response
        self._hints: Callable[[Headers], object] | None = None
        if _HINTS in environ:
            if str(environ.get("SERVER_PROTOCOL", "")).startswith(_HINTED_PROTOCOLS):
                self._hints = environ[_HINTS]
            environ[_HINTS] = self.hinted
        self._wrapper = environ.get("wsgi.file_wrapper")
        self._held: _Head | None = None
        self._fields: Fields = ()  # of the head that was given on
        self._keeps = False  # whether a flow wants the answer before anybody is sent it
        self._given = False  # whether a head was given on; no other can take its place
        self._flushed = False
        self._muted = False  # what comes is of an answer that cannot be sent
        self._late: bytes = b""  # what the page gets for a redirect that came too late
        self._written: list[bytes] = []  # by `write`, while a flow keeps the answer
        self._write: Callable[[bytes], object] | None = None
        self._ended = False
        self.answer: Answer | None = None  # the judged head, where a flow keeps it
        self.begun = False
        self.template: str | None = None  # of the route; Flask forgets it as soon as it has answered
        self.file: Iterable[bytes] | None = None  # what is handed over to the server instead of content

    def judged(
        self,
        app: WSGIApplication,
        environ: Environ,
        *,
        keeps: bool = False,
        whole: Callable[[], None] | None = None,
    ) -> Content:
        """Run the application: its content, judged and repaired, and its head before the first piece of it.

        With `keeps` the head becomes `answer`; else it is sent. When all of it is there, and before the application
        closes what it has opened for it, `whole` is called.
        """
        self._keeps = keeps
        parts = app(environ, self.start)
        if not keeps and self._is_file(parts):
            self.file = parts
            self._end()
            return
        try:
            yield from self._content(parts)
            if whole is not None:
                whole()
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()

    def start(self, status: str, headers: Headers, exc_info: ExcInfo | None = None, /) -> Callable[[bytes], object]:
        """Take a head: what the application is given as `start_response`."""
        if exc_info is not None and exc_info[1] is not None:
            try:
                if self._given:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # or its frames would keep each other alive, PEP 3333 says
            self._held = None
        head = _Head(status, headers, _code_of(status), _fields_of(headers))
        self.template = template_of(self._environ) or self.template
        if self._given or self._held is not None:
            page = () if self._ended else self._fields
            late = second_head(self._passage, head.status, head.fields, page=page if self._given else None)
            if self._given:
                self._muted = True
                self._late = late or self._late
                return self._take
        self._held = head
        if self._flushed or goes_alone(first(head.fields, b"content-type")):
            self._released(None)
        return self._take

    def overflowing(self, kept: bytes, rest: Iterator[bytes]) -> Content:
        """Send an answer that has grown too long to be kept: what was kept of it, and the rest as it comes."""
        answer = self.answer
        if answer is None:
            raise CallerError(_INCOMPLETE)
        self._keeps = False
        answer = self._passage.leaving(answer.status, answer.fields, None)
        self._begin(answer, None)
        if answer.content is not None:
            self._replace(answer.content)
        else:
            yield kept
        yield from rest

    def respond(self, answer: Answer) -> Content:
        """Send a whole answer to the client."""
        answer = self._passage.leaving(*answer)
        self._begin(answer, None)
        if answer.content:
            yield answer.content
        self._end()

    def failed(self, error: Exception) -> Content:
        """The application has raised: answer in its place if nothing was sent, else say that the answer broke off."""
        if self.begun:
            if not self._ended:
                self._passage.happened(IncidentKind.CUT, error=type(error).__name__)
            return
        answer = self._passage.broken_off(error=error)
        if answer is not None:
            self._keeps = False
            yield from self.respond(answer)

    def unheard(self) -> None:
        """The client left before anything was begun: what is said to nobody, for a server waits for a head."""
        self._start("400 Bad Request", [("Content-Length", "0")])

    @property
    def staging(self) -> Staging:
        """What is staged for the head."""
        return self._passage.staging

    @property
    def may_hint(self) -> bool:
        """Whether the server offers early hints and the connection is one where they do no harm."""
        return self._hints is not None and not self.begun

    def hint(self, links: Sequence[bytes]) -> None:
        """Send early hints to the client at once."""
        if self._hints is not None:
            self._hints([("Link", link.decode("latin-1")) for link in links])

    def hinted(self, headers: Headers) -> None:
        """Take early hints of the application's own; of those that cannot go, the links are staged for the head."""
        links = [value.encode("latin-1", "replace") for name, value in headers if name.lower() == "link"]
        if self.may_hint:
            self.hint(links)
            return
        why = "the head has left"
        if not self.begun:
            self.staging.stage_link_values(links)
            why = "the connection is HTTP/1"
        self._passage.happened(IncidentKind.HINT_REFUSED, why=why)

    def flush(self) -> None:
        """Let the head go with the next piece of content, and hold none from now on."""
        self._flushed = True
        if self._held is not None:
            self._released(None)

    def _content(self, parts: Iterable[bytes]) -> Content:
        """The pieces of content that are to be sent, in the place of those that the application gives."""
        if self._given:
            yield b""  # what makes a server send the head
        pieces = chain(self._written, parts)
        for piece in pieces:
            if self._muted:
                continue
            if self._held is None:
                if not self._given:
                    raise CallerError("the application gave content before it called start_response")
                yield piece
            elif piece:
                yield from self._first(piece, pieces, is_all=isinstance(parts, (list, tuple)))
        if self._held is not None:
            yield from self._whole(b"")
        elif not self._given:
            raise CallerError(_INCOMPLETE)
        if self._late:
            yield self._late
        self._end()

    def _first(self, piece: bytes, pieces: Iterator[bytes], *, is_all: bool) -> Content:
        """The first piece of content, and with it the head; where the answer is all in hand, the whole of it."""
        head = self._held
        length = -1 if head is None else _length_of(head.fields)
        gathers = is_all or (length <= _GATHERED and (
            length >= 0 or (head is not None and head.status >= _FIRST_REDIRECT)
        ))  # fmt: skip
        kept = [piece]
        size = len(piece)
        while gathers and size != length and size <= _GATHERED:
            following = next(pieces, None)
            if following is None:
                length = size
            else:
                kept.append(following)
                size += len(following)
        if self._held is None:  # it was flushed meanwhile, or another head has come too late
            yield b"".join(kept)
        elif size == length and size <= _GATHERED:
            yield from self._whole(b"".join(kept))
        else:
            self._released(None)
            if not self._muted:
                yield b"".join(kept)

    def _whole(self, content: bytes) -> Content:
        made = self._released(content)
        if made is not content:
            self._muted = True
        if made:
            yield made
        self._end()

    def _released(self, content: bytes | None) -> bytes:
        """Let the held head go, judged and repaired; what is to be sent as its whole content, if that is in hand."""
        head, self._held = self._held, None
        if head is None:
            return b""
        answer = self._passage.answered(head.status, head.fields, content)
        self._given = True
        self._fields = answer.fields
        if self._keeps:
            self.answer = answer
        else:
            answer = self._passage.leaving(*answer)
            self._begin(answer, head)
        if content is None and answer.content is not None:
            self._replace(answer.content)
        return answer.content or b""

    def _replace(self, content: bytes) -> None:
        """Send this once the application has ended, and nothing of what it gives."""
        self._muted = True
        self._late = content

    def _is_file(self, parts: Iterable[bytes]) -> bool:
        """Whether the server is to send a file; its head is let go."""
        if not isinstance(self._wrapper, type) or not isinstance(parts, self._wrapper):
            return False
        self._released(None)
        return not self._muted

    def _begin(self, answer: Answer, head: _Head | None) -> None:
        """Tell the server the head; what is as the application gave it, in the application's own spelling."""
        is_own = head is not None and head.status == answer.status
        line = head.line if head is not None and is_own else _line_of(answer.status)
        if head is not None and head.fields == answer.fields:
            headers = head.headers
        else:
            headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.fields]
        self._fields = answer.fields
        self._write = self._start(line, headers)
        self.begun = True

    def _take(self, piece: bytes) -> None:
        """Take content that the application writes: what it is given as `write`."""
        if self._muted or not piece:
            return
        if self._keeps:
            self._written.append(piece)
            return
        self._released(None)
        if self._write is None:
            raise CallerError("the application wrote content before its head could be sent")
        if not self._muted:
            self._write(piece)

    def _end(self) -> None:
        if not self._ended and not self._keeps:
            self._ended = True
            self._passage.ended()


def _code_of(line: str) -> int:
    code = line[:_CODE_DIGITS]
    if not (code.isascii() and code.isdigit() and len(code) == _CODE_DIGITS):
        raise CallerError(f'{line!r} is no status; write "200 OK"')
    return int(code)


def _line_of(status: int) -> str:
    try:
        return f"{status} {Status(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def _fields_of(headers: Headers) -> Fields:
    """The field lines of a head; text that is no latin-1 is for the server to refuse."""
    return tuple([
        (name.lower().encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in headers
    ])  # fmt: skip


def _length_of(fields: Fields) -> int:
    """The length that a head tells; -1 where it tells none."""
    for name, value in fields:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return -1
