# SPDX-License-Identifier: Apache-2.0
"""OTLP/HTTP as an ASGI application: `POST /v1/traces` and `POST /v1/logs`; `POST /v1/metrics` is taken, not kept.

A 200 is sent when the rows are in the store, not before. What a sender should try again is answered 503 with
Retry-After, everything else that fails with a status that tells it not to (OTLP 1.11, "Failures").
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future

from starlette.types import Receive, Scope, Send

from seeother.errors import StoreError
from seeother.message import Field, Fields, first, media_type
from seeother.watch.warehouse import Encoding, Malformed, Outcome, Signal

from .answer import EMPTY, failure, success
from .content import BrokenContentError, DisconnectedError, TooLargeError, read_content
from .hold import FullError, Hold

CONTENT_LIMIT = 64 << 20  # bytes after decompression; what OTLP advises
HELD_LIMIT = 128 << 20  # bytes under way in all: two of the largest, or a second of a fast sender
RETRY_AFTER = b"1"  # seconds: a batch is written within about a tenth of that
METRICS = "metrics"  # watch counts for itself; a sender of all three signals is not to be refused for it
PATHS: dict[str, str] = {"/v1/traces": Signal.TRACES, "/v1/logs": Signal.LOGS, "/v1/metrics": METRICS}

Submit = Callable[[Signal, Encoding, bytes], Future[Outcome]]


class _RefusalError(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, reason: str, *fields: Field) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.fields = fields


class Receiver:
    """Takes telemetry in; `submit` hands a body to the writer."""

    def __init__(self, submit: Submit, *, content_limit: int = CONTENT_LIMIT, held_limit: int = HELD_LIMIT) -> None:
        """Bound each content and all that is under way, in bytes."""
        self._submit = submit
        self._content_limit = content_limit
        self._hold = Hold(held_limit)
        self.answers: Counter[tuple[str, int]] = Counter()
        self.rejected: Counter[Signal] = Counter()

    @property
    def held_bytes(self) -> int:
        """Bytes under way at the moment."""
        return self._hold.held_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        fields: Fields = tuple(scope["headers"])
        given = media_type(fields).decode("latin-1")
        encoding = Encoding(given) if given in tuple(Encoding) else Encoding.JSON
        signal = PATHS.get(scope["path"])
        extra: tuple[Field, ...] = ()
        try:
            wanted = _accepted(signal, scope["method"], given)
            status, content = 200, await self._take(wanted, encoding, fields, receive)
        except _RefusalError as refusal:
            status, extra = refusal.status, refusal.fields
            content = failure(status, refusal.reason, encoding)
        except DisconnectedError:
            return
        if signal is not None:
            self.answers[signal, status] += 1
        length = (b"content-length", str(len(content)).encode())
        head = [(b"content-type", encoding.encode()), length, *extra]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": content})

    async def _take(self, signal: str, encoding: Encoding, fields: Fields, receive: Receive) -> bytes:
        """Read one body and have it stored, if its signal is; the content of the answer."""
        with self._hold.share() as share:
            try:
                content = await read_content(
                    receive, share, is_gzip=self._is_gzip(fields), limit_bytes=self._content_limit
                )
                if not isinstance(signal, Signal):
                    return EMPTY[encoding]
                outcome = await asyncio.wrap_future(self._submit(signal, encoding, content))
            except TooLargeError:
                raise self._too_large() from None
            except BrokenContentError as error:
                raise _RefusalError(400, str(error)) from error
            except FullError:
                raise _RefusalError(503, "more telemetry is under way than can be held", *_LATER, _CLOSE) from None
            except StoreError as error:
                raise _RefusalError(503, f"not stored: {error}", *_LATER) from error
        if isinstance(outcome, Malformed):
            raise _RefusalError(400, outcome.reason)
        self.rejected[signal] += outcome.rejected
        return success(signal, encoding, outcome.rejected)

    def _is_gzip(self, fields: Fields) -> bool:
        """Whether the content is gzip; refuses other encodings, and early what cannot fit anyway."""
        coding = (first(fields, b"content-encoding") or b"identity").strip().lower()
        if coding not in (b"gzip", b"x-gzip", b"identity"):
            raise _RefusalError(415, "send the content plain or as gzip", (b"accept-encoding", b"gzip"), _CLOSE)
        length = first(fields, b"content-length") or b"0"
        if length.isdigit() and int(length) > self._content_limit:
            raise self._too_large()
        return coding != b"identity"

    def _too_large(self) -> _RefusalError:
        return _RefusalError(413, f"the content may have {self._content_limit} bytes, decompressed", _CLOSE)


_ACCEPT = ", ".join(Encoding).encode()
_LATER = ((b"retry-after", RETRY_AFTER),)
_CLOSE = (b"connection", b"close")  # the rest of the content is not read


def _accepted(signal: str | None, method: str, media: str) -> str:
    """The signal of a request that is meant for us."""
    if signal is None:
        raise _RefusalError(404, f"there is {', '.join(PATHS)}")
    if method != "POST":
        raise _RefusalError(405, "telemetry is sent by POST", (b"allow", b"POST"))
    if media not in tuple(Encoding):
        raise _RefusalError(415, f"send {Encoding.PROTOBUF} or {Encoding.JSON}", (b"accept", _ACCEPT))
    return signal
