# SPDX-License-Identifier: Apache-2.0
"""A finding is a value with words that the interfaces promise."""

from seeother.journey import Finding, Severity


def finding() -> Finding:
    """A finding with nothing but what it must have."""
    return Finding("RED001", "a-name", Severity.WARNING, "text", "RFC 9110 15.4.3", "POST", "http://shop.example/", 302)


def test_severities_are_the_words_of_the_interface() -> None:
    """Command line, documents and tables use these three."""
    assert [str(severity) for severity in Severity] == ["error", "warning", "advice"]


def test_finding_is_unrepaired_and_outside_a_recording_unless_said() -> None:
    """Nobody claims a repair or a place that was not given."""
    assert (finding().repaired, finding().exchange, dict(finding().evidence)) == (False, None, {})


def test_findings_share_no_evidence() -> None:
    """Each finding has a mapping of its own."""
    assert finding().evidence is not finding().evidence
