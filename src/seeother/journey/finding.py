# SPDX-License-Identifier: Apache-2.0
"""A rule's verdict on an exchange, with its evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters; what an RFC calls MAY is advice."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule saw; `exchange` counts from 1 within a recording, `repaired` tells that the guard mended it."""

    rule: str
    name: str
    severity: Severity
    message: str
    source: str
    method: str
    url: str
    status: int
    evidence: Mapping[str, str] = field(default_factory=dict[str, str])
    exchange: int | None = None
    repaired: bool = False
