# SPDX-License-Identifier: Apache-2.0
"""The reader of case files takes what is well-formed and refuses the rest with a line number."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.journey import UNDECLARED, Declaration, Incident, IncidentKind, RouteKind, Severity, Trail
from seeother.message import Exchange, Origin, Request, ResponseHead
from seeother.rules import CATALOGUE, CaseError, parse_cases

RULE = CATALOGUE[0]
TITLE = f"# {RULE.code} {RULE.name}"
GOOD = f"""{TITLE}

## A form

It is answered.

```http
POST http://shop.example/orders?a=%20b HTTP/1.1
Host: shop.example
```

```http
HTTP/1.1 302 Found
Location:  /orders/7

## not a head
```

```finding
severity: warning
message: what was: seen
location: /orders/7
```
"""


def test_reads_request_response_and_expectation() -> None:
    """Method, target, fields, status, content and finding come out as written."""
    (case,) = parse_cases(GOOD, RULE)

    assert case.title == "A form"
    assert isinstance(case.evidence, Exchange)
    assert case.declaration is UNDECLARED
    assert case.evidence.request == Request(
        method="POST",
        path="/orders",
        query=b"a=%20b",
        scheme="http",
        authority=b"shop.example",
        fields=((b"host", b"shop.example"),),
    )
    assert case.evidence.response == ResponseHead(302, ((b"location", b"/orders/7"),))
    assert case.evidence.content == b"## not a head"
    assert case.expected is not None
    assert case.expected.severity is Severity.WARNING
    assert case.expected.message == "what was: seen"
    assert case.expected.evidence == {"location": "/orders/7"}
    assert case.text.startswith("## A form\n")


def test_reads_a_near_miss() -> None:
    """The word none stands for no finding."""
    (case,) = parse_cases(re.sub(r"severity.*7\n", "none\n", GOOD, flags=re.DOTALL), RULE)

    assert case.expected is None


TRAIL = f"""{TITLE}

## Two exchanges

The second comes later.

```declared
kind: action
step: pay
site: https://shop.example
target-hosts: pay.example bank.example
statuses: 303 409
needs-key: yes
prefix: /shop
```

```http
GET /cart HTTP/1.1
Host: shop.example
```

```http
HTTP/1.1 200 OK
```

```http 2.5
GET /checkout HTTP/1.1
Host: shop.example
```

```http
HTTP/1.1 200 OK
```

```finding
severity: error
message: seen
exchange: 2
```
"""
INCIDENT = f"""{TITLE}

## Twice

A second head.

```http
GET /cart HTTP/1.1
Host: shop.example
```

```incident
kind: second-head
status: 200
detail-status: 302
location: /orders/7
```

```finding
none
```
"""


def test_reads_a_trail_with_what_was_declared() -> None:
    """Each exchange has its time, and all of them the declaration."""
    (case,) = parse_cases(TRAIL, RULE)

    assert isinstance(case.evidence, Trail)
    assert [exchange.at for exchange in case.evidence.exchanges] == [0.0, 2.5]
    assert case.declaration == Declaration(
        kind=RouteKind.ACTION,
        step="pay",
        site=Origin("https", "shop.example", 443),
        target_hosts=frozenset({"pay.example", "bank.example"}),
        statuses=frozenset({303, 409}),
        needs_key=True,
        prefix="/shop",
    )
    assert case.evidence.declaration(1) == case.declaration
    assert case.expected is not None
    assert case.expected.exchange == 2


def test_reads_an_incident() -> None:
    """Its kind and status, and the rest as detail."""
    (case,) = parse_cases(INCIDENT, RULE)

    assert isinstance(case.evidence, Incident)
    assert (case.evidence.kind, case.evidence.status) == (IncidentKind.SECOND_HEAD, 200)
    assert case.evidence.detail == {"status": "302", "location": "/orders/7"}
    assert case.evidence.request is not None
    assert case.evidence.request.path == "/cart"


BROKEN = {
    "another title": (GOOD.replace(TITLE, "# RED999 else"), 1, "begins with"),
    "no case": (TITLE + "\n", 2, "no case"),
    "text before the first case": (GOOD.replace("## A form", "text\n\n## A form"), 2, "between"),
    "no prose": (GOOD.replace("It is answered.", ""), 3, "says why"),
    "prose at the end": (GOOD + "more\n", 24, "before its blocks"),
    "unclosed block": (GOOD.removesuffix("```\n"), 19, "not closed"),
    "block in a block": (GOOD.replace("Host: shop.example\n```", "Host: shop.example\n```http"), 10, "inside"),
    "missing block": (GOOD.replace("```finding", "```"), 3, "a case has blocks"),
    "twice the same title": (GOOD + GOOD.removeprefix(TITLE + "\n"), 25, "another case"),
    "no request line": (GOOD.replace("POST http", "POST  http"), 7, "request line"),
    "no status line": (GOOD.replace("302 Found", "032 Found"), 7, "status line"),
    "no field line": (GOOD.replace("Host: ", "Host : "), 7, "field line"),
    "content in the request": (GOOD.replace("shop.example\n```", "shop.example\n\na=b\n```"), 7, "content"),
    "no host": (GOOD.replace("http://shop.example", "").replace("Host: shop.example\n", ""), 7, "Host"),
    "foreign scheme": (GOOD.replace("http://shop", "ftp://shop"), 7, "target"),
    "broken target": (GOOD.replace("http://shop.example/", "http://[/"), 7, "IPv6"),
    "unknown severity": (GOOD.replace("severity: warning", "severity: fatal"), 20, "fatal"),
    "no message": (GOOD.replace("message: what was: seen\n", ""), 19, "message"),
    "evidence twice": (GOOD.replace("location: /orders/7\n", "location: a\nlocation: b\n"), 23, "once"),
    "no number": (GOOD.replace("location: /orders/7\n", "exchange: 0\n"), 19, "number"),
    "a response without its request": (
        TRAIL.replace("```http 2.5\nGET /checkout HTTP/1.1\nHost: shop.example\n```\n", ""),
        3,
        "a case has blocks",
    ),
    "unknown kind of route": (TRAIL.replace("kind: action", "kind: walk"), 7, "walk"),
    "unknown declaration": (TRAIL.replace("prefix: /shop", "mount: /shop"), 7, "mount"),
    "statuses in words": (TRAIL.replace("303 409", "see other"), 7, "numbers"),
    "unknown incident": (INCIDENT.replace("second-head", "third-head"), 12, "incident"),
    "no octet": (GOOD.replace("Location:  /orders/7", "Location: /\N{EURO SIGN}"), 7, "octet"),
}


@pytest.mark.parametrize(("text", "line", "word"), BROKEN.values(), ids=BROKEN.keys())
def test_refuses_what_is_not_well_formed(text: str, line: int, word: str) -> None:
    """The error names the line and the fault."""
    with pytest.raises(CaseError, match=word) as caught:
        parse_cases(text, RULE)

    assert caught.value.line == line


PIECES = st.sampled_from(
    [
        *GOOD.splitlines(),
        "```",
        "none",
        "## ",
        ": ",
        "\ud800",
        "\x85",
        "HTTP/1.1 999",
        "GET //[ HTTP/1.1",
        "\N{EURO SIGN}: x",
    ]
)


@given(st.lists(PIECES | st.text(max_size=20)).map("\n".join))
def test_raises_nothing_but_its_own_error(text: str) -> None:
    """Whatever the text, the reader gives cases or a CaseError with a line of the text."""
    for candidate in (text, GOOD + text, f"{TITLE}\n{text}"):
        line = 1
        try:
            cases = parse_cases(candidate, RULE)
        except CaseError as error:
            cases, line = [], error.line

        assert 1 <= line <= candidate.count("\n") + 1
        assert all(case.title and case.text in candidate for case in cases)
