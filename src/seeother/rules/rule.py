# SPDX-License-Identifier: Apache-2.0
"""What a rule is: its metadata, its prose and the check that looks at one exchange.

Rules of this file: a check is a pure function; it answers with a `Sighting` or None and never raises for
anything that a peer may have sent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from seeother.journey import Finding, Severity
from seeother.message import Exchange

from .prose import Prose


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
    """What a check saw; `severity` only where it differs from the rule's own."""

    message: str
    evidence: Mapping[str, str] = field(default_factory=dict[str, str])
    severity: Severity | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One thing that can be wrong; `methods` and `statuses` say which exchanges are worth a look.

    `name` is in kebab-case and says the fault, `cure` is one imperative sentence, `text` is the docstring of the
    rule's file.
    """

    code: str
    name: str
    severity: Severity
    source: str
    visibility: tuple[Visibility, ...]
    repair: Repair
    cure: str
    methods: frozenset[str]
    statuses: frozenset[int]
    text: str
    check: Callable[[Exchange], Sighting | None]

    @property
    def prose(self) -> Prose:
        """The rule's page, without its cases."""
        return Prose.parse(self.text)

    def finding(self, exchange: Exchange) -> Finding | None:
        """The rule's verdict on an exchange of its methods and statuses, or None when nothing is wrong."""
        sighting = self.check(exchange)
        if sighting is None:
            return None
        return Finding(
            rule=self.code,
            name=self.name,
            severity=sighting.severity or self.severity,
            message=sighting.message,
            source=self.source,
            method=exchange.request.method,
            url=exchange.request.url,
            status=exchange.response.status,
            evidence=sighting.evidence,
        )
