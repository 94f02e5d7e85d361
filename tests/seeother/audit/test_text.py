# SPDX-License-Identifier: Apache-2.0
"""The report for people."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from seeother.audit import Report, to_text
from seeother.audit.text import printable
from seeother.journey import Finding, Severity

FINDING = Finding(
    rule="RED001",
    name="ambiguous-redirect-after-action",
    severity=Severity.WARNING,
    message="`POST /orders` was answered `302`.",
    source="RFC 9110 15.4.3, 15.4.4",
    method="POST",
    url="https://shop.example/orders",
    status=302,
    evidence={"location": "/orders/7"},
    exchange=7,
)


def test_shows_what_is_wrong_where_and_what_to_do() -> None:
    """Method, URL, status, message, evidence, cure and source of each finding, and the sum."""
    text = to_text([Report("checkout.har", 12, (FINDING,), left_out=1)], is_coloured=False)

    assert text == (
        "checkout.har: 12 exchanges judged (1 entry without an answer left out)\n"
        "\n"
        "  warning RED001 ambiguous-redirect-after-action\n"
        "    POST https://shop.example/orders -> 302\n"
        "    `POST /orders` was answered `302`.\n"
        "      exchange:  7\n"
        "      location:  /orders/7\n"
        "      cure:      Answer 303 See Other with the address of the page that shows the result.\n"
        "      source:    RFC 9110 15.4.3, 15.4.4\n"
        "\n"
        "0 errors, 1 warning, 0 advice\n"
    )


def test_counts_over_all_targets() -> None:
    """One head a target and one sum."""
    error = replace(FINDING, severity=Severity.ERROR)

    text = to_text([Report("a.har", 1, ()), Report("b.har", 2, (FINDING, error))], is_coloured=False)

    assert text.startswith("a.har: 1 exchange judged\n\nb.har: 2 exchanges judged\n\n")
    assert text.endswith("\n1 error, 1 warning, 0 advice\n")


def test_colour_is_for_terminals() -> None:
    """Asked for, the severity is coloured; taken away, the text is the same."""
    reports = [Report("a.har", 1, (FINDING,))]

    coloured = to_text(reports, is_coloured=True)

    assert "\x1b[33mwarning\x1b[0m" in coloured
    plain = coloured.replace("\x1b[33m", "").replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert plain == to_text(reports, is_coloured=False)


def test_a_long_value_is_cut() -> None:
    """A screen stays readable, and the length is told."""
    assert printable("a" * 400) == "a" * 400
    assert printable("a" * 401) == "a" * 400 + "... (401 characters)"


@given(st.text(st.characters(), max_size=50))
def test_a_recording_cannot_steer_the_terminal(foreign: str) -> None:
    """Every line is one that the report made, and holds nothing unprintable."""
    finding = replace(FINDING, method=foreign, url=foreign, message=foreign, evidence={"location": foreign})

    lines = to_text([Report(foreign, 1, (finding,))], is_coloured=False).split("\n")

    assert len(lines) == 12
    assert all(line.isprintable() for line in lines)
