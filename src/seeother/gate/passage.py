# SPDX-License-Identifier: Apache-2.0
"""One exchange on its way through the gate, without input and output: judged, repaired, identified and recorded.

Rules of this file: an error of the guard's own lets the exchange pass as if there were no guard, and is itself a
finding (DESIGN decision 1); every finding is told to whoever listens, recorded and, in mode strict, raised, save advice
that was followed.
"""

import logging
from collections.abc import Callable, Iterable, Sequence

from seeother.breaker import TIMEOUT_FIELD, Deadline, read_timeout
from seeother.errors import CallerError
from seeother.journey import Finding, Incident, IncidentKind, RouteKind, Severity
from seeother.ledger import Ledger
from seeother.message import Exchange, Field, Fields, Lines, Lookup, Request, ResponseHead, Sharing, first, sharing
from seeother.policy import (
    REPAIRS,
    Answer,
    Staging,
    Visit,
    hand_off,
    is_navigation,
    repaired,
)
from seeother.rules import Suspect, judge, may_speak
from seeother.settings import Mode
from seeother.telemetry import ExchangeContext, Recorder, Row, tell

from .form_holder import holder_for, holder_of
from .outcome import OUTCOME_PATH
from .places import Place
from .shape import UNKNOWN
from .shared import Shared
from .stand_in import NO_ANSWER, says_less, stand_in

_log = logging.getLogger("seeother.guard")
_FIRST_REDIRECT = 300
_FIRST_ERROR = 400  # RFC 9110 section 15.5
_UNKNOWN_OUTCOME = "JNY006"
_new = tuple.__new__  # a named tuple is made in C by it; its own constructor is a call in Python
_READABLE = 1 << 20  # bytes of content that rules are shown
_STATED = "ERR002"  # the rule whose repair states errors as problem details


class FindingError(CallerError):
    """What mode strict raises: the findings, one a line."""


class Passage:
    """One exchange; an adapter tells it what the application does, and sends what it says."""

    __slots__ = ("_ended_ns", "_error_type", "_get", "_left", "_method", "_read", "_request", "_staging", "_started_ns",
                 "_status", "context", "place", "replayed", "shared", "visit", "wire")  # fmt: skip

    def __init__(
        self,
        shared: Shared,
        place: Place,
        *,
        visit: Visit,
        context: ExchangeContext,
        method: str,
        get: Lookup,
        read: Callable[[], Request],
    ) -> None:
        """Begin the exchange's time; `get` looks the request's fields up, `read` reads all of it."""
        self.shared = shared
        self.place = place
        self.visit = visit
        self.context = context
        self._method = method
        self._get = get
        self._read = read
        self._request: Request | None = None
        self.replayed = False
        self.wire: object = None  # the adapter's way out, for whoever controls the answer
        self._error_type: str | None = None
        self._staging: Staging | None = None
        self._status = 0
        self._left: Fields = ()  # the head's field lines, once it has left
        self._started_ns = shared.clock.time_ns()
        self._ended_ns: int | None = None  # until the content has left whole

    @property
    def request(self) -> Request:
        """The request, read when somebody first wants to see all of it."""
        if self._request is None:
            request = self._read()
            self._request = request._replace(fields=Lines(request.fields))
        return self._request

    @property
    def ledger(self) -> Ledger | None:
        """Where the exchange's claims are made: where the application's database is the ledger, only in front of it.

        A page that is parked is another process's to show, so its route has the ledger that all share.
        """
        route = self.place.route
        if route is not None and route.transactional and not route.park:
            return self.shared.front
        return self.shared.ledger

    @property
    def recorder(self) -> Recorder | None:
        """Where what happens during the exchange is recorded; None where nothing is sent."""
        return self.shared.recorder

    @property
    def staging(self) -> Staging:
        """What the application stages for its answer; made when first asked for."""
        if self._staging is None:
            self._staging = Staging(secure=self.visit.secure)
            if self._status:  # asked for too late: what is staged now would be lost
                self._staging.head_left(ResponseHead(self._status, self._left))
        return self._staging

    def let_out(self, status: int, lines: Sequence[Field], content: bytes | None) -> Answer:
        """`answered` and `leaving` in one, for an answer that no flow waits for; its names may be in capitals yet."""
        try:
            answer = self._regular(status, lines, content) if self._staging is None else None
        except FindingError:
            raise
        except Exception as error:  # noqa: BLE001 - an error of the guard's own fails open (DESIGN decision 1)
            self.failed("judge an answer", error)
            answer = self.leaving(status, tuple(lines), content)
        if answer is None:
            fields = tuple([(name.lower(), value) for name, value in lines])
            answer = self.leaving(*self.answered(status, fields, content))
        return answer

    def _regular(self, status: int, lines: Sequence[Field], content: bytes | None) -> Answer | None:
        """As `let_out`, where all that may happen to an answer is known by its shape; else None."""
        index = dict(lines)
        visit = self.visit
        if len(index) != len(lines):
            return None
        shape = self.place.shape(self._method, status, tuple(index), index.get(b"cache-control"))
        if not shape.is_regular:
            return None
        shows = content is not None and self._shows(status, content)
        suspects = shape.within if shows else shape.suspects
        given = answer = _new(Answer, (status, tuple(lines), content))
        if suspects and may_speak(suspects, self._get):
            answer = self._judged(answer, suspects, shows=shows)
        if answer is not given:
            return self.leaving(*answer)
        if visit.identity is not None or visit.claimed_id is not None:
            answer = self._renewed(answer, shape.sharing)
        self._status, self._left, _ = answer
        return answer

    def answered(self, status: int, fields: Fields, content: bytes | None) -> Answer:
        """The application's answer with what it staged, judged and repaired; `content` is None unless it is in hand.

        What is staged is part of the answer that a ledger remembers.
        """
        if self._staging is not None:
            fields = self._staging.merged(fields)
        answer = _new(Answer, (status, fields, content))
        try:
            shows = content is not None and self._shows(status, content)
            suspects = self.place.docket.suspects(self._method, status, fields, with_content=shows)
            if suspects and may_speak(suspects, self._get):
                answer = self._judged(answer, suspects, shows=shows)
            return self._as_problem(answer) if self.place.terms.problems else answer
        except FindingError:
            raise
        except Exception as error:  # noqa: BLE001 - an error of the guard's own fails open (DESIGN decision 1)
            self.failed("judge an answer", error)
            return answer

    def _shows(self, status: int, content: bytes) -> bool:
        """Whether rules are shown the content: of redirects and errors always, of successes now and then."""
        looks = status >= _FIRST_REDIRECT or self.shared.looks_always or self.place.looks_inside()
        return looks and len(content) <= _READABLE

    def _judged(self, answer: Answer, suspects: Sequence[Suspect], *, shows: bool) -> Answer:
        """The answer as those checks leave it: judged and repaired."""
        shared, place = self.shared, self.place
        status, fields, content = answer
        head = _new(ResponseHead, (status, fields))
        exchange = _new(Exchange, (self.request, head, content if shows else None, self._started_ns / 1e9))
        findings: Sequence[Finding] = place.docket.tried(suspects, exchange)
        if findings and self._goes_to_outcome(status):  # this answer will not be the one that leaves
            findings = [finding for finding in findings if finding.rule != _UNKNOWN_OUTCOME]
        if findings and shared.repairs:
            mended, findings = repaired(exchange, findings, place.terms)
            answer = mended if shows else mended._replace(content=content)
        if findings:
            self._found(findings)
        return answer

    def _as_problem(self, answer: Answer) -> Answer:
        """The application's own JSON error as its route wants it: there is no fault in it that a rule could find."""
        if answer.status < _FIRST_ERROR or answer.content is None or not self.shared.repairs:
            return answer
        exchange = Exchange(self.request, ResponseHead(answer.status, answer.fields), answer.content)
        return REPAIRS[_STATED](answer, exchange, self.place.terms) or answer

    def leaving(self, status: int, fields: Fields, content: bytes | None) -> Answer:
        """The answer as it leaves: with what was staged, with the journey's identity, honest about unknown outcomes."""
        answer = _new(Answer, (status, fields, content))
        try:
            if status in UNKNOWN and self._goes_to_outcome(status):
                answer = self._sent_to_outcome(answer)
            if self._staging is not None:
                answer = answer._replace(fields=self._staging.merged(answer.fields))
            if self.visit.identity is not None or self.visit.claimed_id is not None:
                answer = self._renewed(answer, sharing(answer.fields))
        except FindingError:
            raise
        except Exception as error:  # noqa: BLE001 - an error of the guard's own fails open (DESIGN decision 1)
            self.failed("finish an answer", error)
        self._status, self._left = answer.status, answer.fields
        if self._staging is not None:
            self._staging.head_left(ResponseHead(answer.status, answer.fields))
        return answer

    def _renewed(self, answer: Answer, said: Sharing) -> Answer:
        """The answer with what its person needs so that the journey goes on; `said` is what it says to caches."""
        visit, shared = self.visit, self.shared
        extra = shared.reception.farewell(visit, answer.status, said, may_set_cookie=shared.repairs)
        if not extra and visit.minted:
            self.context.journey_id = None  # the new identity cannot be handed over: no journey begins here
        if not extra or not shared.repairs:
            return answer
        status, fields, content = answer
        return _new(Answer, (status, fields + extra, content))

    def broken_off(
        self, status: int = 500, *, error: BaseException | None = None, retry_after: float | None = None
    ) -> Answer | None:
        """The answer instead of one that never began, for the application failed or took too long.

        None to leave it to the server. A call that was refused, or whose outcome nobody knows, says more than `status`.
        """
        shared = self.shared
        if not shared.repairs:
            return None
        return stand_in(self.request, self.place, shared, status=status, error=error, retry_after=retry_after)

    def overdue(self) -> "tuple[Answer, Passage] | None":
        """The answer for whoever has waited long enough, and the passage of what the application goes on with.

        That one is judged as ever, and nobody is sent it. None where an answer has left, or none may be changed.
        """
        terms, staging = self.place.terms, self._staging
        answer = None if self._status else self.broken_off(NO_ANSWER, retry_after=terms.retry_after)
        if answer is None:
            return None
        rest = Passage(
            self.shared, self.place, visit=self.visit, context=self.context, method=self._method, get=self._get,
            read=self._read,
        )  # fmt: skip
        rest._staging, self._staging = staging, None  # what is staged from now on is no error of the application's
        if self.place.is_once:
            # Whoever comes again with a cookie of this answer would be somebody else for the ledger, where the action
            # is still under way: an identity is given with the answer that is remembered.
            self.visit = self.visit._replace(step=None if self.visit.minted else self.visit.step)
        elif staging is not None:
            answer = answer._replace(fields=staging.merged(answer.fields))
        return self.leaving(*answer), rest

    def stood_in(self, error: BaseException | None, status: int, fields: Fields, content: bytes) -> Answer | None:
        """The answer instead of a framework's default one to `error`; None where that says all there is to say."""
        return self.broken_off(error=error) if says_less(status, fields, content, error) else None

    def ended(self) -> None:
        """Note that the content has left whole; what an application does afterwards takes nobody's time."""
        self._ended_ns = self.shared.clock.time_ns()

    def happened(self, kind: IncidentKind, **detail: str) -> None:
        """Judge something that only the running process sees."""
        incident = Incident(kind, self.request, self._status, detail, self.place.docket.declaration)
        self._found(judge(incident))

    def failed(self, what: str, error: Exception) -> None:
        """Tell of an error of the guard's own, in spite of which the exchange goes on."""
        _log.exception("the guard could not %s and lets it pass as it is", what)
        self.happened(IncidentKind.GUARD_FAILED, **{"while": what, "error": type(error).__name__})

    def record(self, template: str | None) -> None:
        """End the exchange, and record its row if it belongs to a journey.

        `template` is the framework's name for its route.
        """
        self.wire = None  # it knows this passage: two that hold each other stay until the collector of garbage comes
        staging = self._staging
        if staging is not None and (lost := staging.unsent()):
            self.happened(IncidentKind.STAGED_LOST, fields=", ".join([name.decode("latin-1") for name, _ in lost]))
        recorder = self.shared.recorder
        if recorder is None or self.context.journey_id is None:
            return
        status, started, ended = self._status, self._started_ns, self._ended_ns
        route, error_type = self.place.route, self._error_type
        is_cut = ended is None
        if ended is None:
            ended = self.shared.clock.time_ns()
            error_type = "cut" if status < _FIRST_ERROR else error_type
        is_failure = is_cut or error_type is not None or (
            status >= _FIRST_ERROR and (route is None or route.is_failure(status))
        )  # fmt: skip
        row = (
            self.context,
            started,
            ended - started if ended > started else 0,
            self._method,
            template if route is None else route.match.template,
            status,
            is_failure,
            error_type,
            self.replayed,
            self.visit.claimed_id,
        )
        recorder.record(_new(Row, row))

    def return_token(self) -> str | None:
        """A token for a return URL; None when the exchange belongs to no journey."""
        if self.context.journey_id is None or self.shared.seal is None:
            return None
        return self.shared.seal.to_return_token(self.context.journey_id, self.shared.clock.time())

    def form_token(self) -> str | None:
        """A token for a form that is shown to this person; None when the site has no secrets."""
        tokens, journey_id = self.shared.form_tokens, self.context.journey_id
        if tokens is None:
            return None
        if journey_id is not None or not self.shared.repairs:
            person = (journey_id or "").encode()
        else:
            person = holder_for(self.request, self.staging, secure=self.visit.secure)
        return tokens.mint(person, self.shared.clock.time())

    def deadline(self) -> Deadline | None:
        """When a trusted service that asks has no use for the answer any more; None when it does not say."""
        value = first(self.request.fields, TIMEOUT_FIELD)
        if value is None or not self.shared.reception.trusts(self.request):
            return None
        clock = self.shared.clock
        return read_timeout(value, clock.monotonic() - (clock.time_ns() - self._started_ns) / 1e9)

    def is_form_token(self, token: bytes) -> bool:
        """Whether a form's token was made for this person, who may be on a journey only since then."""
        tokens, journey_id = self.shared.form_tokens, self.context.journey_id
        if tokens is None:
            return False
        now = self.shared.clock.time()
        holder = holder_of(self.request, secure=self.visit.secure)
        people = [] if holder is None else [holder]
        if journey_id is not None and not self.visit.minted:
            people.append(journey_id.encode())
        return any(tokens.is_valid(token, person, now) for person in people)

    def _goes_to_outcome(self, status: int) -> bool:
        """Whether a person waits for an action that may have been done although it was answered with an error."""
        place = self.place
        if status not in UNKNOWN or not place.is_action or not self.shared.repairs:
            return False
        if place.route is not None and place.route.kind is RouteKind.CALLBACK:
            return False  # a server asks, whatever its library puts into Accept: it takes the page for "delivered"
        return _UNKNOWN_OUTCOME not in place.terms.left and is_navigation(self.request)

    def _sent_to_outcome(self, answer: Answer) -> Answer:
        """To the page that says that nobody knows what the action did, for an error invites a second try."""
        route = self.place.route
        self._error_type = str(answer.status)
        self._status = answer.status  # what the finding is about; the answer that leaves says its own
        self.happened(IncidentKind.OUTCOME_UNKNOWN, status=str(answer.status))
        own = self.place.prefix + OUTCOME_PATH
        moved = hand_off(own if route is None or route.outcome_page is None else route.outcome_page)
        cookies = tuple([field for field in answer.fields if field[0] == b"set-cookie"])
        return Answer(moved.status, moved.fields + cookies, moved.content)

    def _found(self, findings: Iterable[Finding]) -> None:
        """Tell, record and, in mode strict, raise what was found."""
        raised: list[str] = []
        for finding in findings:
            tell(finding, self.context)
            if self.shared.recorder is not None:
                route = self.place.route
                self.shared.recorder.finding(finding, self.context, None if route is None else route.match.template)
            if not (finding.repaired and finding.severity is Severity.ADVICE):  # what was advised is done
                raised.append(f"{finding.rule}: {finding.message}")
        if raised and self.shared.mode is Mode.STRICT:
            raise FindingError("\n".join(raised))
