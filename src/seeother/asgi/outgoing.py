# SPDX-License-Identifier: Apache-2.0
"""What leaves: the head is judged and repaired once, gets the journey's identity, and the exchange its row."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from seeother.clock import Clock
from seeother.errors import CallerError
from seeother.journey import Finding
from seeother.message import Exchange, Field, Request, ResponseHead
from seeother.policy import Reception, RoutePolicy, Visit, see_other
from seeother.rules import judge
from seeother.settings import Mode
from seeother.telemetry import ExchangeContext, Recorder, Row

from .drive import Application, Message, Receive, Scope, Send, is_last

_log = logging.getLogger("seeother.guard")
_FIRST_ERROR = 400  # RFC 9110 section 15.5


@dataclass(frozen=True, slots=True)
class Shared:
    """What all exchanges of one guard share."""

    reception: Reception
    recorder: Recorder | None
    mode: Mode
    clock: Clock


class Outgoing:
    """The way out of one exchange.

    The application's messages come in by `from_application` and are judged; the guard's own and replayed answers by
    `send`, for those were judged when they were made.
    """

    __slots__ = ("_ended_ns", "_exchange", "_request", "_route", "_send", "_shared", "_started_ns", "_status", "_visit",
                 "replayed")  # fmt: skip

    def __init__(
        self,
        send: Send,
        request: Request,
        route: RoutePolicy | None,
        visit: Visit,
        *,
        exchange: ExchangeContext,
        shared: Shared,
    ) -> None:
        """Begin the exchange's time."""
        self._send = send
        self._request = request
        self._route = route
        self._visit = visit
        self._exchange = exchange
        self._shared = shared
        self._started_ns = shared.clock.time_ns()
        self._ended_ns: int | None = None  # until the content has left whole
        self._status = 0
        self.replayed = False

    async def from_application(self, message: Message) -> None:
        """Judge and repair the application's head, and send it on."""
        await self.send(self._repaired(message) if message["type"] == "http.response.start" else message)

    def repairing(self, app: Application) -> Application:
        """The application with its heads judged and repaired before anyone remembers them."""

        async def repaired(scope: Scope, receive: Receive, send: Send) -> None:
            async def judged(message: Message) -> None:
                await send(self._repaired(message) if message["type"] == "http.response.start" else message)

            await app(scope, receive, judged)

        return repaired

    async def send(self, message: Message) -> None:
        """Send a message to the client, a head with the journey's identity."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            message = self._identified(message)
        await self._send(message)
        if is_last(message):
            self._ended_ns = self._shared.clock.time_ns()  # what an application does afterwards takes nobody's time

    def record(self, scope: Scope) -> None:
        """Record the row of the exchange, if it belongs to a journey."""
        recorder = self._shared.recorder
        if recorder is None or self._exchange.journey_id is None:
            return
        cut = self._ended_ns is None
        ended_ns = self._shared.clock.time_ns() if self._ended_ns is None else self._ended_ns
        recorder.record(
            Row(
                self._exchange,
                self._started_ns,
                max(0, ended_ns - self._started_ns),
                self._request.method,
                self._route_of(scope),
                self._status,
                failed=cut or self._is_failure(),
                error_type="cut" if cut and self._status < _FIRST_ERROR else None,
                replayed=self.replayed,
                claimed_id=self._visit.claimed_id,
            )
        )

    def _repaired(self, message: Message) -> Message:
        """The application's head with what can be repaired repaired; its findings recorded."""
        try:
            head = _head_of(message)
            exchange = Exchange(self._request, head)
            findings: Sequence[Finding] = judge(exchange)
            if findings and self._shared.mode is not Mode.OBSERVE:
                head, findings = see_other(exchange, findings)
        except Exception:  # noqa: BLE001 - an error of the guard's own fails open (DESIGN decision 1)
            _log.exception("the guard could not judge an answer and lets it pass as it is")
            return message
        if not findings:
            return {**message, "headers": list(head.fields)}
        if self._shared.mode is Mode.STRICT:
            raise CallerError("\n".join([f"{finding.rule}: {finding.message}" for finding in findings]))
        route = self._route.match.template if self._route is not None else None
        for finding in findings:
            if self._shared.recorder is not None:
                self._shared.recorder.finding(finding, self._exchange, route)
        return {**message, "status": head.status, "headers": list(head.fields)}

    def _identified(self, message: Message) -> Message:
        """A head with what it needs so that the journey goes on."""
        observes = self._shared.mode is Mode.OBSERVE
        extra: tuple[Field, ...] = ()
        try:
            head = _head_of(message)
            extra = self._shared.reception.farewell(self._visit, head, may_set_cookie=not observes)
        except Exception:  # noqa: BLE001 - an error of the guard's own fails open (DESIGN decision 1)
            _log.exception("the guard could not put the journey on an answer and lets it pass as it is")
        else:
            if extra and not observes:
                message = {**message, "headers": [*head.fields, *extra]}
        if self._visit.minted and not extra:
            self._exchange.journey_id = None  # the new identity cannot be handed over: no journey begins here
        return message

    def _is_failure(self) -> bool:
        return self._route.is_failure(self._status) if self._route is not None else self._status >= _FIRST_ERROR

    def _route_of(self, scope: Scope) -> str | None:
        """The template of the route: as declared, else as the framework noted it in the scope."""
        if self._route is not None:
            return self._route.match.template
        template = getattr(scope.get("route"), "path", None)
        return template if isinstance(template, str) else None


def _head_of(message: Message) -> ResponseHead:
    """The head in an ASGI message; its field names in lower case, as ASGI asks and Django forgets."""
    return ResponseHead(message["status"], tuple([(name.lower(), value) for name, value in message.get("headers", ())]))
