# SPDX-License-Identifier: Apache-2.0
"""What is known about an exchange before it comes: its route, its step, and what follows from them."""

import random
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from seeother.journey import Declaration, Journey, RouteKind, Step
from seeother.message import SAFE_METHODS, Origin, PatternTable, read_origin
from seeother.policy import FallbackPage, Idempotency, Reception, RoutePolicy, Terms
from seeother.rules import CATALOGUE, Docket, Repair
from seeother.settings import Settings

from .own_path import is_own
from .shape import Outline, Shape, shape_of

LOOK_EVERY = 256  # one success in so many has its content looked at: a page takes a millisecond to read
_REMEMBERED = 4096  # places by method and path: more than any site has routes, less than strangers can make up
_LONGEST = 256  # characters of a path that is remembered
_SHAPES = 256  # of answers to remember for a place: it has a handful
_CACHING = 256  # bytes of its Cache-Control
_NAMES = 64  # fields of an answer whose shape is remembered
_DEFAULTS = frozenset(rule.code for rule in CATALOGUE if rule.repair is Repair.DEFAULT)


@dataclass(slots=True, eq=False)
class Place:
    """Where an exchange stands: its route's policy, its journey's step, and the rules and terms that go with them."""

    route: RoutePolicy | None
    at: tuple[Journey | None, Step | None]
    docket: Docket
    terms: Terms
    is_action: bool
    is_once: bool
    is_plain: bool  # no flow can be needed: the application is simply asked
    prefix: str = ""  # of the public address, without a slash at its end
    deadline: float | None = None  # seconds until whoever waits for a first byte is told so
    _until_look: int = field(default=1, repr=False)
    _shapes: dict[tuple[str, int, tuple[bytes, ...], bytes | None], Shape] = field(
        default_factory=dict[tuple[str, int, tuple[bytes, ...], bytes | None], Shape], repr=False
    )

    @property
    def journey(self) -> Journey | None:
        """The journey that is attempted here, or the only one there is."""
        return self.at[0]

    @property
    def step(self) -> Step | None:
        """The step that is attempted here."""
        return self.at[1]

    def looks_inside(self) -> bool:
        """Whether the content of this success is worth reading: the first one's, and then of one in many."""
        self._until_look -= 1
        if self._until_look > 0:
            return False
        self._until_look = LOOK_EVERY
        return True

    def shape(self, method: str, status: int, names: tuple[bytes, ...], caching: bytes | None) -> Shape:
        """What is known beforehand about an answer of this place; remembered unless an application makes names up."""
        outline = (method, status, names, caching)
        known = self._shapes.get(outline)
        if known is None:
            known = shape_of(self.docket, Outline(*outline), is_action=self.is_action, problems=self.terms.problems)
            if len(names) <= _NAMES and len(caching or b"") <= _CACHING:
                if len(self._shapes) >= _SHAPES:
                    self._shapes.clear()
                self._shapes[outline] = known
        return known


class Places:
    """Finds the place of a request."""

    __slots__ = ("_by_parts", "_known", "_pages", "_prefix", "_reception", "_routes", "_settings", "_shown", "_site")

    def __init__(self, settings: Settings, reception: Reception, pages: FallbackPage) -> None:
        """File routes and the pages of steps."""
        self._settings = settings
        self._reception = reception
        self._pages = pages
        self._site = site_of(settings)
        self._prefix = urlsplit(settings.site.public_url or "").path.rstrip("/")
        self._routes: PatternTable[RoutePolicy] = PatternTable([(route.match, route) for route in settings.routes])
        self._shown: PatternTable[Step] = PatternTable(
            [(pattern, step) for journey in settings.journeys for step in journey.steps for pattern in step.page]
        )
        self._known: dict[tuple[str, str], Place] = {}
        self._by_parts: dict[tuple[object, ...], Place] = {}

    def find(self, method: str, path: str) -> Place:
        """The place of a request with this method and path."""
        place = self._known.get((method, path))
        if place is None:
            place = self._found(method, path)
            if len(path) <= _LONGEST:
                if len(self._known) >= _REMEMBERED:
                    self._known.clear()
                self._known[method, path] = place
        return place

    def _found(self, method: str, path: str) -> Place:
        route = self._routes.find(method, path)
        journey, step = self._reception.find(method, path)
        shown = step if step is not None else self._shown.find(method, path)
        is_safe = method in SAFE_METHODS
        own = is_own(path, self._prefix)
        parts = (
            route and route.match, journey and journey.name, step and step.name, shown and shown.name, is_safe, own
        )  # fmt: skip
        place = self._by_parts.get(parts)
        if place is None:
            place = self._by_parts[parts] = Place(
                route=route,
                at=(journey, step),
                docket=Docket(declaration := self._declaration(route, shown)),
                terms=self._terms(route, declaration),
                is_action=route is not None and route.kind is not RouteKind.ROUTING and not is_safe,
                is_once=(is_once := route is not None and route.idempotency is not Idempotency.OFF),
                is_plain=is_safe and not own and not is_once,
                prefix=self._prefix,
                deadline=self._deadline(route),
            )
        return place

    def _deadline(self, route: RoutePolicy | None) -> float | None:
        own = None if route is None else route.deadline
        deadline = own or self._settings.site.deadline
        return None if deadline is None else deadline.total_seconds()

    def _declaration(self, route: RoutePolicy | None, shown: Step | None) -> Declaration:
        return Declaration(
            kind=None if route is None else route.kind,
            step=None if shown is None else shown.name,
            site=self._site,
            target_hosts=frozenset(self._settings.site.redirect_hosts),
            statuses=None if route is None else route.contract,
            preserves_method=route is not None and route.preserves_method,
            prefix=self._prefix,
            needs_key=route is not None and route.idempotency is Idempotency.REQUIRED,
        )

    def _terms(self, route: RoutePolicy | None, declaration: Declaration) -> Terms:
        site = self._settings.site
        wanted = _DEFAULTS | site.repair | (route.repair if route is not None else frozenset())
        left = site.leave | (route.leave if route is not None else frozenset())
        return Terms(
            self._pages,
            wanted - left,
            random.random,
            left=left,
            declaration=declaration,
            problems=route is not None and route.problems,
            retry_after=site.retry_after.total_seconds(),
            way_on=site.way_on,
        )


def site_of(settings: Settings) -> Origin | None:
    """The origin of the site's public address, if it has one."""
    return None if settings.site.public_url is None else read_origin(settings.site.public_url.encode())
