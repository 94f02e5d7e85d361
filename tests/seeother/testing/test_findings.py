# SPDX-License-Identifier: Apache-2.0
"""Findings of a test: collected, allowed, told."""

from dataclasses import replace

import pytest

from seeother.journey import Finding, Severity
from seeother.telemetry import tell
from seeother.testing import Findings, collecting

FINDING = Finding("RED001", "ambiguous-redirect", Severity.ERROR, "It is `302`.", "s", "POST", "http://a.test/b", 302)
OTHER = replace(FINDING, rule="RTY001", name="no-retry-after", severity=Severity.ADVICE, repaired=True, status=503)


def found(*findings: Finding) -> Findings:
    """These findings."""
    with collecting() as collected:
        for finding in findings:
            tell(finding)
    return collected


def test_what_is_found_in_the_block_is_collected() -> None:
    """In order, and nothing from before or after."""
    tell(FINDING)
    collected = found(OTHER, FINDING)
    tell(FINDING)

    assert collected == [OTHER, FINDING]


def test_a_block_that_fails_stops_listening() -> None:
    """The next test begins with nothing."""

    def fail() -> None:
        with collecting() as collected:
            outside.append(collected)
            raise ValueError

    outside: list[Findings] = []
    with pytest.raises(ValueError):  # noqa: PT011 - its own
        fail()
    tell(FINDING)

    assert outside == [[]]


def test_what_is_not_allowed_fails_the_check() -> None:
    """Each finding once with its exchange, how often it was seen, and where to go from here."""
    collected = found(FINDING, OTHER, FINDING)

    with pytest.raises(AssertionError) as failure:
        collected.check()

    assert str(failure.value) == (
        "The rules found 2 things.\n"
        "\n"
        "RED001 ambiguous-redirect (error)\n"
        "  It is `302`.\n"
        "  POST http://a.test/b -> 302 (2 times)\n"
        "\n"
        "RTY001 no-retry-after (advice, repaired)\n"
        "  It is `302`.\n"
        "  POST http://a.test/b -> 503\n"
        "\n"
        '`seeother rules RED001` explains; .allow("RED001", "RTY001") lets it be.'
    )


def test_what_is_allowed_is_let_be() -> None:
    """Whether it was found before or after it was allowed; it stays in the list."""
    collected = found(FINDING, OTHER)

    collected.allow("RED001")
    assert collected.unallowed == [OTHER]
    assert "something.\n\nRTY001" in collected.report()
    collected.allow("RTY001")
    collected.check()

    assert collected == [FINDING, OTHER]


def test_a_cleared_list_is_as_new() -> None:
    """A test may look at what was found and go on."""
    collected = found(FINDING)

    collected.clear()

    collected.check()


def test_a_finding_about_no_exchange_is_told_without() -> None:
    """The process itself has a fault, not an answer of it."""
    report = found(replace(FINDING, method="", url="", status=0)).report()

    assert "(error)\n  It is `302`.\n\n`seeother" in report
