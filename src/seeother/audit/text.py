# SPDX-License-Identifier: Apache-2.0
"""A report for people at a terminal.

What a recording holds is foreign: control characters, which could steer a terminal, are shown as escapes.
"""

from collections.abc import Sequence

from seeother.journey import Finding, Severity
from seeother.rules import CATALOGUE

from .report import SEVERITIES, Report

_COLOURS = {Severity.ERROR: "\x1b[31m", Severity.WARNING: "\x1b[33m", Severity.ADVICE: "\x1b[36m"}
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_LONGEST = 400  # characters of one value: enough to recognise it, and a screen stays readable
_CURES = {rule.code: rule.cure for rule in CATALOGUE}


def to_text(reports: Sequence[Report], *, is_coloured: bool) -> str:
    """The reports one after the other, and a last line with the sum."""
    lines: list[str] = []
    for report in reports:
        lines += [_head(report), ""]
        for finding in report.findings:
            lines += [*_finding(finding, is_coloured=is_coloured), ""]
    lines.append(_sum(reports))
    return "\n".join(lines) + "\n"


def _head(report: Report) -> str:
    left_out = f" ({_count(report.left_out, 'entry', 'entries')} without an answer left out)" if report.left_out else ""
    return f"{printable(report.target)}: {_count(report.exchanges, 'exchange', 'exchanges')} judged{left_out}"


def _finding(finding: Finding, *, is_coloured: bool) -> list[str]:
    severity, title = finding.severity.value, f"{finding.rule} {finding.name}"
    if is_coloured:
        severity = f"{_COLOURS[finding.severity]}{severity}{_PLAIN}"
        title = f"{_BOLD}{title}{_PLAIN}"
    pairs = [
        ("exchange", str(finding.exchange)),
        *finding.evidence.items(),
        ("cure", _CURES[finding.rule]),
        ("source", finding.source),
    ]
    return [
        f"  {severity} {title}",
        f"    {printable(finding.method)} {printable(finding.url)} -> {finding.status}",
        f"    {printable(finding.message)}",
        *[f"      {key + ':':<10} {printable(value)}" for key, value in pairs],
    ]


def _sum(reports: Sequence[Report]) -> str:
    counts = {severity: sum(report.summary[severity] for report in reports) for severity in SEVERITIES}
    return ", ".join(
        [
            _count(counts[Severity.ERROR], "error", "errors"),
            _count(counts[Severity.WARNING], "warning", "warnings"),
            f"{counts[Severity.ADVICE]} advice",
        ]
    )


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def printable(text: str) -> str:
    """The text on one line, with escapes for what is not printable, cut when it is very long."""
    shown = "".join(
        [char if char.isprintable() else char.encode("unicode_escape").decode() for char in text[:_LONGEST]]
    )
    return shown if len(text) <= _LONGEST else f"{shown}... ({len(text)} characters)"
