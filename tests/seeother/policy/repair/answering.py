# SPDX-License-Identifier: Apache-2.0
"""Answers of a shop that are judged and repaired as the guard does it."""

from seeother.journey import UNDECLARED, Declaration, Finding
from seeother.message import Exchange, Field, Request, ResponseHead
from seeother.policy import REPAIRS, Answer, FallbackPage, Terms, repaired
from seeother.rules import judge

PAGES = FallbackPage()
NOW = 1_795_600_800.0  # Wed, 25 Nov 2026 10:00:00 GMT
BROWSER = ((b"accept", b"text/html,*/*;q=0.8"), (b"sec-fetch-mode", b"navigate"), (b"sec-fetch-dest", b"document"))
SCRIPT = ((b"accept", b"application/json"), (b"sec-fetch-mode", b"cors"), (b"sec-fetch-dest", b"empty"))


def terms(
    declaration: Declaration = UNDECLARED, *, enabled: frozenset[str] = frozenset(REPAIRS), problems: bool = False
) -> Terms:
    """All repairs, nothing left to chance."""
    return Terms(
        PAGES, enabled, lambda: 0.5, declaration=declaration, problems=problems, retry_after=4.0, way_on="/cart"
    )


def exchange(
    asked: str,
    status: int,
    *fields: Field,
    content: bytes | None = b"",
    by: tuple[Field, ...] = BROWSER,
) -> Exchange:
    """What `POST /orders` was answered with."""
    method, _, target = asked.partition(" ")
    path, _, query = target.partition("?")
    request = Request(method, path, query.encode(), "https", b"shop.example", by)
    return Exchange(request, ResponseHead(status, fields), content, NOW)


def mended(seen: Exchange, wanted: Terms | None = None) -> tuple[Answer, list[Finding]]:
    """The answer after all repairs, and what was found."""
    on = terms() if wanted is None else wanted
    return repaired(seen, judge(seen, on.declaration), on)


def is_repaired(findings: list[Finding], code: str) -> bool:
    """Whether the rule's finding is there, and what the mark on it says."""
    (mark,) = [finding.repaired for finding in findings if finding.rule == code]
    return mark
