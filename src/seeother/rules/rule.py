# SPDX-License-Identifier: Apache-2.0
"""What a rule is: its metadata, its prose and the checks that look at evidence.

Rules of this file: a check is a pure function; it answers with sightings or None and never raises for anything that
a peer may have sent.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from seeother.journey import Declaration, Finding, Incident, IncidentKind, Severity, Trail
from seeother.message import Exchange, Lookup, Request

from .prose import Prose

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
METHODS = SAFE | UNSAFE
SUCCESSES = frozenset(range(200, 300))
REDIRECTS = frozenset({301, 302, 303, 307, 308})  # the ones that browsers follow
ERRORS = frozenset(range(400, 600))
STATUSES = frozenset(range(200, 600))


class Visibility(StrEnum):
    """What one has to have in hand to see a rule broken."""

    EXCHANGE = "exchange"
    SEQUENCE = "sequence"
    PROBE = "probe"
    IN_PROCESS = "in-process"


class Repair(StrEnum):
    """What the guard does about it: by default, when a route asks for it, or never."""

    DEFAULT = "default"
    OPT_IN = "opt-in"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a check saw; `severity` only where it differs from the rule's own.

    `exchange` is the number of the exchange in a trail, counted from 1.
    """

    message: str
    evidence: Mapping[str, str] = field(default_factory=dict[str, str])
    severity: Severity | None = None
    exchange: int | None = None


def anywhere(_declaration: Declaration) -> bool:
    """Whatever was declared."""
    return True


def in_journey(declaration: Declaration) -> bool:
    """Where an exchange is declared to be part of a journey or to do something."""
    return declaration.step is not None or declaration.kind is not None


@dataclass(frozen=True, slots=True, eq=False)
class OnExchange:
    """A check of one exchange; methods, statuses, response fields and `where` say which are worth a look.

    `fields` names response fields of which one must be there; none named, none needed. `without` names those of which
    none may be there. With `needs_content` only exchanges are looked at whose content was kept. Where `when` does not
    hold of the request's fields, or `unless` does of the exchange, the check has nothing to say; `unless` is asked once
    for all checks that share it.
    """

    see: Callable[[Exchange, Declaration], Sighting | None]
    methods: frozenset[str] = METHODS
    statuses: frozenset[int] = STATUSES
    fields: frozenset[bytes] = frozenset()
    without: frozenset[bytes] = frozenset()
    where: Callable[[Declaration], bool] = anywhere
    needs_content: bool = False
    when: Callable[[Lookup], bool] | None = None
    unless: Callable[[Exchange], bool] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class OnTrail:
    """A check of what one client did, in order; each sighting names its exchange."""

    see: Callable[[Trail], Iterable[Sighting]]


@dataclass(frozen=True, slots=True, eq=False)
class OnIncident:
    """A check of what the running process has seen."""

    see: Callable[[Incident], Sighting | None]
    kinds: frozenset[IncidentKind]


Check = OnExchange | OnTrail | OnIncident


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One thing that can be wrong.

    `name` is in kebab-case and says the fault, `cure` is one imperative sentence, `text` is the docstring of the
    rule's file. A rule that only an active probe can show has no checks here.
    """

    code: str
    name: str
    severity: Severity
    source: str
    visibility: tuple[Visibility, ...]
    repair: Repair
    cure: str
    text: str
    checks: tuple[Check, ...] = ()

    @property
    def prose(self) -> Prose:
        """The rule's page, without its cases."""
        return Prose.parse(self.text)

    def finding(self, sighting: Sighting, request: Request | None, status: int) -> Finding:
        """The rule's verdict on what one of its checks saw."""
        return Finding(
            rule=self.code,
            name=self.name,
            severity=sighting.severity or self.severity,
            message=sighting.message,
            source=self.source,
            method="" if request is None else request.method,
            url="" if request is None else request.url,
            status=status,
            evidence=sighting.evidence,
            exchange=sighting.exchange,
        )
