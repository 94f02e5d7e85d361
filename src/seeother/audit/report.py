# SPDX-License-Identifier: Apache-2.0
"""What an audit found, as a document for programs; secrets are taken out before anything is kept."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from seeother.journey import Finding, Severity, Trail
from seeother.rules import judge

from .har import Recording
from .redaction import redact_finding

SEVERITIES = tuple(Severity)  # the worst first


class FindingDocument(TypedDict):
    """One finding; `exchange` is the number of the recording's entry, counted from 1."""

    rule: str
    name: str
    severity: str
    method: str
    url: str
    status: int
    message: str
    source: str
    evidence: dict[str, str]
    exchange: int | None


class ReportDocument(TypedDict):
    """The document of one target."""

    target: str
    exchanges: int
    findings: list[FindingDocument]
    summary: dict[str, int]


class ReportsDocument(TypedDict):
    """The document of several targets: theirs, and the sum of their summaries."""

    audits: list[ReportDocument]
    summary: dict[str, int]


@dataclass(frozen=True, slots=True)
class Report:
    """The findings on one target, redacted; `exchanges` were judged and `left_out` entries were not."""

    target: str
    exchanges: int
    findings: tuple[Finding, ...]
    left_out: int = 0

    @property
    def summary(self) -> dict[str, int]:
        """The number of findings by severity."""
        found = Counter(finding.severity for finding in self.findings)
        return {severity.value: found[severity] for severity in SEVERITIES}

    def is_failed(self, least: Severity) -> bool:
        """Whether there is a finding as bad as `least`, or worse."""
        bad_enough = SEVERITIES[: SEVERITIES.index(least) + 1]
        return any(finding.severity in bad_enough for finding in self.findings)


def audit_recording(target: str, recording: Recording) -> Report:
    """Judge every exchange of a recording, and all of them as the trail of one person."""
    numbers = [number for number, _ in recording.exchanges]
    trail = Trail(tuple([exchange for _, exchange in recording.exchanges]))
    found = [replace(each, exchange=number) for number, exchange in recording.exchanges for each in judge(exchange)]
    found += [replace(each, exchange=numbers[(each.exchange or 1) - 1]) for each in judge(trail)]
    found.sort(key=lambda finding: (finding.exchange or 0, finding.rule))
    return Report(target, len(numbers), tuple(map(redact_finding, found)), recording.left_out)


def to_document(reports: Sequence[Report]) -> ReportDocument | ReportsDocument:
    """The document of one target as it is; of several, all of them and their sum."""
    documents = [_report_document(report) for report in reports]
    if len(documents) == 1:
        return documents[0]
    total = {severity.value: sum(report.summary[severity] for report in reports) for severity in SEVERITIES}
    return {"audits": documents, "summary": total}


def _report_document(report: Report) -> ReportDocument:
    return {
        "target": report.target,
        "exchanges": report.exchanges,
        "findings": [_finding_document(finding) for finding in report.findings],
        "summary": report.summary,
    }


def _finding_document(finding: Finding) -> FindingDocument:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": finding.severity.value,
        "method": finding.method,
        "url": finding.url,
        "status": finding.status,
        "message": finding.message,
        "source": finding.source,
        "evidence": dict(finding.evidence),
        "exchange": finding.exchange,
    }
