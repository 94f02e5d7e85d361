# SPDX-License-Identifier: Apache-2.0
"""The gate of one guarded application: made from the settings once, it lets exchanges in and knows who they are."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

from seeother.clock import SYSTEM_CLOCK, Clock
from seeother.errors import SettingsError
from seeother.journey import Incident, IncidentKind, Seal
from seeother.ledger import Ledger, MemoryLedger, open_ledger
from seeother.message import Lookup, PatternTable, Request, lookup
from seeother.policy import JOURNEY_FIELD, FallbackPage, FormTokens, Idempotency, Reception, Visit
from seeother.rules import judge
from seeother.settings import DEFAULT_FILE, GUARD_SECTIONS, Mode, Settings, load_settings
from seeother.telemetry import ExchangeContext, Exporter, Recorder, begin, read_baggage, tell

from .door import Door, Entry
from .passage import Passage
from .places import Place, Places, site_of
from .shared import Shared

_log = logging.getLogger("seeother.guard")


class Gate:
    """Lets the exchanges of one application pass; adapters do the input and output.

    No thread is started and no connection kept before the first exchange, for a server may fork yet.
    """

    __slots__ = ("_door", "_exporter", "_has_services", "_may_mint", "_places", "has_proxies", "is_on",
                 "shared")  # fmt: skip

    def __init__(
        self, settings: Settings | None = None, *, clock: Clock = SYSTEM_CLOCK, keeps_deadlines: bool = False
    ) -> None:
        """Precompute what each place needs; an adapter says whether it `keeps_deadlines`.

        Without `settings` they are read from `seeother.toml` in the working directory, if there is one, and from the
        environment. Raises SettingsError when they cannot be used, and StoreError when the ledger cannot be opened.
        """
        if settings is None:
            settings = load_settings(DEFAULT_FILE if Path(DEFAULT_FILE).exists() else None, os.environ, GUARD_SECTIONS)
        if not keeps_deadlines:
            _refuse_deadlines(settings)
        site, telemetry = settings.site, settings.telemetry
        self.is_on = site.mode is not Mode.OFF
        seal = Seal(site.secrets) if settings.journeys and self.is_on else None
        recorder: Recorder | None = None
        self._exporter: Exporter | None = None
        if telemetry.endpoint is not None and self.is_on:
            recorder = Recorder(clock=clock)
            self._exporter = Exporter(
                recorder, endpoint=telemetry.endpoint, token=telemetry.token, service=telemetry.service
            )
        reception = Reception(
            settings.journeys, seal, public_url=site.public_url, trusted_services=site.trusted_services
        )
        self.shared = Shared(
            mode=site.mode,
            repairs=site.mode in {Mode.REPAIR, Mode.STRICT},
            looks_always=site.mode in {Mode.OBSERVE, Mode.STRICT},
            clock=clock,
            reception=reception,
            pages=FallbackPage(site.fallback),
            recorder=recorder,
            ledger=_ledger(settings, clock),
            seal=seal,
            form_tokens=FormTokens(site.secrets) if site.secrets and self.is_on else None,
            site=site_of(settings),
            trusted_origins=frozenset(site.trusted_origins),
            parking=PatternTable([(route.match, route) for route in settings.routes if route.park]),
            way_on=site.way_on,
            front=_front(settings, clock),
        )
        self._places = Places(settings, reception, self.shared.pages)
        self._door = Door(site.trusted_proxies)
        self.has_proxies = self.shared.repairs and bool(site.trusted_proxies)  # else nobody need ask at the door
        self._has_services = bool(site.trusted_services)
        self._may_mint = site.mode is not Mode.OBSERVE
        if unbounded := [str(network) for network in site.trusted_proxies if network.prefixlen == 0]:
            self._found(Incident(IncidentKind.TRUST_UNBOUNDED, detail={"networks": ", ".join(unbounded)}))

    def entered(self, request: Request) -> Entry:
        """The request as it counts from here on; see `Door`."""
        return self._door.entered(request) if self.has_proxies else Entry(request)

    def let_in(self, request: Request) -> Passage:
        """Begin the passage of a request that came in by the door."""
        fields = request.fields
        return self._passage(
            begin(fields), lookup(fields), lambda: request, method=request.method, path=request.path,
            scheme=request.scheme,
        )  # fmt: skip

    def meet(self, method: str, path: str, *, scheme: str, get: Lookup, read: Callable[[], Request]) -> Passage:
        """As `let_in`, for a request without repeated fields that is read only if somebody wants to see all of it."""
        return self._passage(
            ExchangeContext(get(b"traceparent")), get, read, method=method, path=path, scheme=scheme
        )  # fmt: skip

    def _passage(
        self, context: ExchangeContext, get: Lookup, read: Callable[[], Request], *, method: str, path: str, scheme: str
    ) -> Passage:
        place = self._places.find(method, path)
        line = get(b"cookie")
        visit = None
        if line is not None and get(JOURNEY_FIELD) is None:
            visit = self.shared.reception.recognised(line, place.at, scheme)
        if visit is None:
            visit = self._welcomed(read(), place)
        identity, journey, step, _, _, _, _ = visit
        if identity is not None:
            context.journey_id = identity.journey_id
            context.journey_name = None if journey is None else journey.name
            context.step = None if step is None else step.name
        return Passage(self.shared, place, visit=visit, context=context, method=method, get=get, read=read)

    def failed(self, error: Exception) -> None:
        """Tell of an error of the guard's own at the door: the request is left to the application, without a guard."""
        _log.exception("the guard could not let a request in and leaves it to the application")
        detail = {"while": "let a request in", "error": type(error).__name__}
        self._found(Incident(IncidentKind.GUARD_FAILED, detail=detail))

    def close(self) -> None:
        """Send what is recorded and close the ledger; blocks for seconds at the most."""
        if self._exporter is not None:
            self._exporter.close()
        for ledger in (self.shared.ledger, self.shared.front):
            if ledger is not None:
                ledger.close()

    def _welcomed(self, request: Request, place: Place) -> Visit:
        """The place in a journey of whoever is not remembered."""
        try:
            return self.shared.reception.welcome(
                request,
                place.route,
                at=place.at,
                carried=self._carried(request) if self._has_services else None,
                now=self.shared.clock.time(),
                may_mint=self._may_mint,
            )
        except Exception as error:  # noqa: BLE001 - an error of the guard's own fails open (DESIGN decision 1)
            return self._nobody(request, error)

    def _carried(self, request: Request) -> tuple[str, str | None] | None:
        """The journey that a trusted service's baggage brings: its id and name."""
        carried = read_baggage(request.fields) if self.shared.reception.trusts(request) else None
        return None if carried is None else (carried.journey_id, carried.journey_name)

    def _nobody(self, request: Request, error: Exception) -> Visit:
        """No place in a journey, for it cannot be told."""
        _log.exception("the guard could not tell whose request it is and lets it pass as nobody's")
        detail = {"while": "tell whose request it is", "error": type(error).__name__}
        self._found(Incident(IncidentKind.GUARD_FAILED, request, detail=detail))
        return Visit()

    def _found(self, incident: Incident) -> None:
        """Tell and record what is wrong beside any exchange."""
        for finding in judge(incident):
            tell(finding)
            if self.shared.recorder is not None:
                self.shared.recorder.finding(finding)


def _refuse_deadlines(settings: Settings) -> None:
    """A deadline that nobody keeps is no setting to start with."""
    given = [("site.deadline", settings.site.deadline)]
    given += [(f"route[{index}].deadline", route.deadline) for index, route in enumerate(settings.routes)]
    for key, deadline in given:
        if deadline is not None:
            cure = "is kept under ASGI only, for a thread cannot be stopped; leave it to the server's own timeout"
            raise SettingsError(key, f"{deadline.total_seconds():g}s", cure)


def _ledger(settings: Settings, clock: Clock) -> Ledger | None:
    """The ledger, where a route needs one and the guard may act."""
    needed = any(
        (route.idempotency is not Idempotency.OFF and not route.transactional) or route.park
        for route in settings.routes
    )
    if not needed or settings.site.mode not in {Mode.REPAIR, Mode.STRICT}:
        return None
    return open_ledger(settings.ledger.url, clock=clock)


def _front(settings: Settings, clock: Clock) -> Ledger | None:
    """What holds duplicates that come to this process, where the application's own database is the ledger."""
    needed = any(route.transactional and not route.park for route in settings.routes)
    if not needed or settings.site.mode not in {Mode.REPAIR, Mode.STRICT}:
        return None
    return MemoryLedger(clock=clock)
