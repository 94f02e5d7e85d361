# SPDX-License-Identifier: Apache-2.0
"""Machines are told in seconds when to come back, people are brought back, and nobody repeats an action."""

import pytest

from seeother.journey import Declaration, RouteKind
from seeother.message import first
from seeother.policy import Terms
from tests.seeother.policy.repair.answering import BROWSER, PAGES, SCRIPT, exchange, is_repaired, mended, terms

BY_CHANCE = b"5"  # 4 seconds and half of up to half as much


@pytest.mark.parametrize("status", [429, 503])
def test_refusal_says_when_to_come_back(status: int) -> None:
    """With chance in it."""
    answer, findings = mended(exchange("POST /orders", status, content=None))

    assert first(answer.fields, b"retry-after") == BY_CHANCE
    assert is_repaired(findings, "RTY001")


@pytest.mark.parametrize(("chance", "said"), [(0.0, b"10"), (0.5, b"13"), (0.999, b"15")])
def test_chance_adds_up_to_half(chance: float, said: bytes) -> None:
    """So that not everybody comes back at once; rounded up."""
    wanted = Terms(PAGES, frozenset({"RTY001"}), lambda: chance, retry_after=10.0)

    assert first(mended(exchange("GET /x", 503, content=None), wanted)[0].fields, b"retry-after") == said


def test_what_the_application_says_stays() -> None:
    """It knows better."""
    fields = ((b"retry-after", b"120"),)

    assert mended(exchange("POST /orders", 503, *fields, content=None))[0].fields == fields


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"soon", BY_CHANCE),
        (b"0", BY_CHANCE),
        (b"99999999999", BY_CHANCE),
        (b"Wed, 25 Nov 2026 09:00:00 GMT", BY_CHANCE),
        (b"Tue, 25 Nov 2026 10:02:00 GMT", b"120"),
        (b"Tue, 25 Nov 2026 10:00:00 GMT", BY_CHANCE),
    ],
)
def test_misleading_delay_is_replaced_by_seconds(value: bytes, said: bytes) -> None:
    """A wrong weekday still has a date; what has none gets the site's own delay."""
    answer, findings = mended(exchange("POST /orders", 503, (b"retry-after", value), content=None))

    assert first(answer.fields, b"retry-after") == said
    assert is_repaired(findings, "RTY002")


def test_date_counts_from_the_answers_own() -> None:
    """Clocks differ; and without any date the moment is unknown."""
    wrong = (b"retry-after", b"Tue, 25 Nov 2026 10:02:00 GMT")
    dated = exchange("POST /orders", 503, wrong, (b"date", b"Wed, 25 Nov 2026 10:01:00 GMT"), content=None)
    undated = exchange("POST /orders", 503, wrong, content=None)._replace(at=None)

    assert first(mended(dated)[0].fields, b"retry-after") == b"60"
    assert first(mended(undated)[0].fields, b"retry-after") == BY_CHANCE


@pytest.mark.parametrize(("fields", "said"), [((), BY_CHANCE), (((b"retry-after", b"30"),), b"30")])
def test_person_who_waits_is_brought_back(fields: tuple[tuple[bytes, bytes], ...], said: bytes) -> None:
    """Browsers obey Refresh and ignore Retry-After; both say the same."""
    plain = (b"content-type", b"text/plain")
    answer, findings = mended(exchange("GET /orders/7", 503, plain, *fields, content=b"Closed for an hour."))

    assert first(answer.fields, b"refresh") == said
    assert first(answer.fields, b"retry-after") == said
    assert is_repaired(findings, "RTY003")


@pytest.mark.parametrize(
    ("asked", "by", "kind"),
    [
        ("POST /orders", BROWSER, None),
        ("GET /orders/7", SCRIPT, None),
        ("GET /orders/7", BROWSER, RouteKind.ACTION),
        ("GET /orders/7", BROWSER, RouteKind.RETURN),
    ],
)
def test_nobody_else_is(asked: str, by: tuple[tuple[bytes, bytes], ...], kind: RouteKind | None) -> None:
    """An action, and what may be one, is not asked for again by itself; a script has no use for it."""
    seen = exchange(asked, 503, (b"content-type", b"text/plain"), content=b"Closed for an hour.", by=by)

    assert first(mended(seen, terms(Declaration(kind)))[0].fields, b"refresh") is None


def test_answer_to_an_action_does_not_refresh() -> None:
    """It would be lost to what a GET gets there."""
    answer, findings = mended(exchange("POST /orders", 200, (b"refresh", b"5"), content=b"Thanks."))

    assert first(answer.fields, b"refresh") is None
    assert is_repaired(findings, "RTY004")


def test_markup_of_the_application_stays() -> None:
    """The field is the guard's to take away, the page is not."""
    page = b'<meta http-equiv="refresh" content="5"><p>Thanks.'
    answer, findings = mended(exchange("POST /orders", 200, (b"content-type", b"text/html"), content=page))

    assert answer.content == page
    assert not is_repaired(findings, "RTY004")
