# SPDX-License-Identifier: Apache-2.0
"""What all guards of this process find while a test runs, in whichever thread they work."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

from seeother.journey import Finding
from seeother.telemetry import listen


class Findings(list[Finding]):
    """What was found so far, in order; `allow` names the rules that may find something."""

    def __init__(self) -> None:
        """Begin with nothing found and nothing allowed."""
        super().__init__()
        self._allowed: set[str] = set()

    def allow(self, *rules: str) -> None:
        """Let these rules, by their codes, find what they will, before now and afterwards."""
        self._allowed.update(rules)

    @property
    def unallowed(self) -> list[Finding]:
        """What was found by rules that are not allowed to."""
        return [finding for finding in self if finding.rule not in self._allowed]

    def check(self) -> None:
        """Raise AssertionError when something unallowed was found."""
        if self.unallowed:
            raise AssertionError(self.report())

    def report(self) -> str:
        """What is unallowed, as people read it: each finding once, with its exchange and how often it was seen."""
        seen = Counter([_told(finding) for finding in self.unallowed])
        lines = [f"The rules found {'something' if len(seen) == 1 else f'{len(seen)} things'}."]
        for told, times in seen.items():
            lines += ["", told if times == 1 else f"{told} ({times} times)"]
        codes = sorted({finding.rule for finding in self.unallowed})
        quoted = ", ".join([f'"{code}"' for code in codes])
        lines += ["", f"`seeother rules {codes[0]}` explains; .allow({quoted}) lets it be."] if codes else []
        return "\n".join(lines)


@contextmanager
def collecting() -> Generator[Findings]:
    """Collect what is found in a `with` block, for tests without pytest; `check()` it at the end."""
    findings = Findings()
    stop = listen(lambda finding, _: findings.append(finding))
    try:
        yield findings
    finally:
        stop()


def _told(finding: Finding) -> str:
    """One finding: its rule, its sentence and its exchange."""
    repaired = ", repaired" if finding.repaired else ""
    lines = [f"{finding.rule} {finding.name} ({finding.severity}{repaired})", f"  {finding.message}"]
    if finding.method:
        status = f" -> {finding.status}" if finding.status else ""
        lines.append(f"  {finding.method} {finding.url}{status}")
    return "\n".join(lines)
