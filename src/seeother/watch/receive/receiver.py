# SPDX-License-Identifier: Apache-2.0
"""OTLP/HTTP as an ASGI application: `POST /v1/traces` and `POST /v1/logs`; `POST /v1/metrics` is taken, not kept.

A 200 is sent when the rows are in the store, not before. What a sender should try again is answered 503 with
Retry-After, everything else that fails with a status that tells it not to (OTLP 1.11, "Failures").
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from itertools import cycle

from starlette.types import Receive, Scope, Send

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.errors import StoreError
from seeother.message import Field, Fields, first, media_type
from seeother.watch.warehouse import Encoding, Malformed, Outcome, Signal

from .answer import EMPTY, failure, success
from .coding import CODINGS, BrokenContentError
from .content import DisconnectedError, SlowError, TooLargeError, read_content
from .hold import FullError, Hold
from .keys import Keys
from .refusal import RefusalError

CONTENT_LIMIT = 64 << 20  # bytes after decompression; what OTLP advises
HELD_LIMIT = 128 << 20  # bytes under way in all: two of the largest, or a second of a fast sender
RETRY_AFTER = (1, 2, 3)  # seconds, in turn: those who were refused together must not come back together
METRICS = "metrics"  # watch counts for itself; a sender of all three signals is not to be refused for it
PATHS: dict[str, str] = {"/v1/traces": Signal.TRACES, "/v1/logs": Signal.LOGS, "/v1/metrics": METRICS}

Submit = Callable[[Signal, Encoding, bytes], Future[Outcome]]


class Receiver:
    """Takes telemetry in; `submit` hands a body to the writer."""

    def __init__(
        self,
        submit: Submit,
        *,
        keys: Iterable[str] = (),
        content_limit: int = CONTENT_LIMIT,
        held_limit: int = HELD_LIMIT,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Ask for one of `keys`, if there are any; bound each content and all that is under way, in bytes."""
        self._submit = submit
        self._keys = Keys(keys)
        self._clock = clock
        self._content_limit = content_limit
        self._hold = Hold(held_limit, clock)
        self._pauses = cycle(RETRY_AFTER)
        self.answers: Counter[tuple[str, int]] = Counter()
        self.rejected: Counter[Signal] = Counter()
        self.last_stored: float | None = None  # seconds since the epoch
        self.repeated: Counter[Signal] = Counter()  # bodies that had been stored before

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
            wanted = self._accepted(signal, scope["method"], given, fields)
            status, content = 200, await self._take(wanted, encoding, fields, receive)
        except RefusalError as refusal:
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

    def _accepted(self, signal: str | None, method: str, media: str, fields: Fields) -> str:
        """The signal of a request that is meant for us."""
        if not self._keys.open(fields):
            raise RefusalError(401, "show an ingest key: Authorization: Bearer KEY", _CHALLENGE, _CLOSE)
        if signal is None:
            raise RefusalError(404, f"there is {', '.join(PATHS)}")
        if method != "POST":
            raise RefusalError(405, "telemetry is sent by POST", (b"allow", b"POST"))
        if media not in tuple(Encoding):
            raise RefusalError(415, f"send {Encoding.PROTOBUF} or {Encoding.JSON}", (b"accept", _ACCEPT))
        return signal

    async def _take(self, signal: str, encoding: Encoding, fields: Fields, receive: Receive) -> bytes:
        """Read one body and have it stored, if its signal is; the content of the answer."""
        with self._hold.share() as share:
            try:
                content = await read_content(
                    receive, share, coding=self._coding(fields), limit_bytes=self._content_limit
                )
                if not isinstance(signal, Signal):
                    return EMPTY[encoding]
                share.wait()
                outcome = await asyncio.wrap_future(self._submit(signal, encoding, content))
            except TooLargeError:
                raise self._too_large() from None
            except BrokenContentError as error:
                raise RefusalError(400, str(error)) from error
            except SlowError:
                raise RefusalError(408, "the content did not come in time", _CLOSE) from None
            except FullError:
                raise RefusalError(503, "more telemetry is under way than can be held", self._later(), _CLOSE) from None
            except StoreError as error:
                raise RefusalError(503, f"not stored: {error}", self._later()) from error
        if isinstance(outcome, Malformed):
            raise RefusalError(400, outcome.reason)
        self.last_stored = self._clock.time()
        if outcome.is_repeated:
            self.repeated[signal] += 1
        else:
            self.rejected[signal] += outcome.rejected
        return success(signal, encoding, outcome.rejected)

    def _coding(self, fields: Fields) -> str | None:
        """How the content is coded; refuses what is not understood, and early what cannot fit anyway."""
        if self._hold.is_busy:
            raise FullError
        coding = (first(fields, b"content-encoding") or b"identity").strip().lower().decode("latin-1")
        if coding not in (*CODINGS, "identity"):
            raise RefusalError(415, f"send the content plain or as {_CODINGS}", _UNDERSTOOD, _CLOSE)
        length = first(fields, b"content-length") or b"0"
        if length.isdigit() and int(length) > self._content_limit:
            raise self._too_large()
        return None if coding == "identity" else coding

    def _later(self) -> Field:
        return b"retry-after", str(next(self._pauses)).encode()

    def _too_large(self) -> RefusalError:
        return RefusalError(413, f"the content may have {self._content_limit} bytes, decompressed", _CLOSE)


_CODINGS = ", ".join(CODINGS)
_UNDERSTOOD = (b"accept-encoding", _CODINGS.encode())
_ACCEPT = ", ".join(Encoding).encode()
_CHALLENGE = (b"www-authenticate", b'Bearer realm="watch"')
_CLOSE = (b"connection", b"close")  # the rest of the content is not read
