# SPDX-License-Identifier: Apache-2.0
"""Cases: evidence in HTTP message syntax and what the rule says to it, written in Markdown.

A case file begins with `# CODE name`. Each case is a second-level head, a paragraph and fenced blocks, in this order:

    ## A form is answered with 302

    Why this is a hit, or merely looks like one.

    ```declared                       what the operator declared, if anything
    kind: action
    ```

    ```http                           a request; `http 12.5` is one that came 12.5 seconds after the first
    POST /orders HTTP/1.1
    Host: shop.example
    ```

    ```http                           its response, content included
    HTTP/1.1 302 Found
    Location: /orders/7
    ```

    ```finding
    severity: warning
    message: `POST /orders` was answered `302`, ...
    location: /orders/7
    ```

Several pairs of request and response are a trail; its finding says `exchange: 2` behind the message. A case of an
incident has one request and, instead of the response, a block `incident` with `kind`, `status` and details, of which
one that is called `status` itself stands as `detail-status`. The last block is the single word `none` in a near miss;
lines after `message` are the evidence. A target in origin-form is on https, one in absolute-form where it says. The
reader is strict: what it does not know, it refuses.
"""

import re
from dataclasses import dataclass
from importlib.resources import files

from seeother.errors import CallerError
from seeother.journey import UNDECLARED, Declaration, Incident, IncidentKind, RouteKind, Severity, Trail
from seeother.message import Exchange, Request, read_origin

from .http_text import read_request, read_response
from .rule import Rule, Sighting

_FENCE = "```"
_HTTP = re.compile(r"http(?: (\d+(?:\.\d+)?))?\Z")
_PAIR = 2  # blocks: a request and its response
_SHAPE = "a case has blocks declared (if need be), http pairs or http and incident, and finding"


class CaseError(CallerError):
    """A case file that breaks its own rules; says where."""

    def __init__(self, line: int, message: str) -> None:
        """Remember the line, counted from 1."""
        super().__init__(f"line {line}: {message}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Case:
    """Evidence, what was declared, and the finding that they must give, None in a near miss; `text` is Markdown."""

    title: str
    evidence: Exchange | Trail | Incident
    declaration: Declaration
    expected: Sighting | None
    text: str


@dataclass(frozen=True, slots=True)
class _Block:
    language: str
    line: int
    lines: list[str]


def read_cases(rule: Rule) -> list[Case]:
    """The cases that are shipped with a rule; none with one that only a probe can show."""
    if not rule.checks:
        return []
    path = files("seeother.rules") / "cases" / f"{rule.code}.md"
    return parse_cases(path.read_text(encoding="utf-8"), rule)


def parse_cases(text: str, rule: Rule) -> list[Case]:
    """Read a case file; raises CaseError when it is anything but well-formed."""
    lines = text.split("\n")
    if lines[0] != f"# {rule.code} {rule.name}":
        raise CaseError(1, f"the file begins with `# {rule.code} {rule.name}`")
    starts = _heads(lines)
    if not starts:
        raise CaseError(len(lines), "there is no case, that is, no line beginning with `## `")
    if any(line.strip() for line in lines[1 : starts[0]]):
        raise CaseError(2, "nothing stands between the title and the first case")
    cases = [_case(lines[start:end], start + 1) for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]
    titles = [case.title for case in cases]
    for index, title in enumerate(titles):
        if title in titles[:index]:
            raise CaseError(starts[index] + 1, f"there is another case called {title!r}")
    return cases


def _heads(lines: list[str]) -> list[int]:
    """Where the cases begin; a head inside a fence is none."""
    starts: list[int] = []
    inside = False
    for index, line in enumerate(lines):
        if line.startswith(_FENCE):
            inside = not inside
        elif line.startswith("## ") and not inside:
            starts.append(index)
    return starts


def _case(lines: list[str], first_line: int) -> Case:
    title = lines[0].removeprefix("## ").strip()
    prose, blocks = _split(lines, first_line)
    if not title or not prose:
        raise CaseError(first_line, "a case has a title and a sentence that says why")
    if not blocks or blocks[-1].language != "finding":
        raise CaseError(first_line, _SHAPE)
    declared = blocks[0].language == "declared"
    declaration = _declaration(blocks[0]) if declared else UNDECLARED
    evidence = _evidence(blocks[1 if declared else 0 : -1], declaration, first_line)
    return Case(title, evidence, declaration, _expected(blocks[-1]), "\n".join(lines).strip())


def _evidence(blocks: list[_Block], declaration: Declaration, first_line: int) -> Exchange | Trail | Incident:
    if [block.language for block in blocks] == ["http", "incident"]:
        return _incident(_request(blocks[0]), blocks[1], declaration)
    if not blocks or len(blocks) % _PAIR:
        raise CaseError(first_line, _SHAPE)
    exchanges = tuple([_exchange(blocks[index], blocks[index + 1]) for index in range(0, len(blocks), _PAIR)])
    return exchanges[0] if len(exchanges) == 1 else Trail(exchanges, (declaration,) * len(exchanges))


def _request(block: _Block) -> Request:
    try:
        return read_request(block.lines)
    except ValueError as error:
        raise CaseError(block.line, str(error)) from None


def _exchange(request: _Block, response: _Block) -> Exchange:
    """One exchange; a request without a time came at 0."""
    when = _HTTP.match(request.language)
    if when is None or response.language != "http":
        raise CaseError(request.line, _SHAPE)
    asked = _request(request)
    try:
        head, content = read_response(response.lines)
    except ValueError as error:
        raise CaseError(request.line, str(error)) from None
    return Exchange(asked, head, content, at=float(when[1] or 0))


def _incident(request: Request, block: _Block, declaration: Declaration) -> Incident:
    pairs = _pairs(block)
    kind, status = pairs.pop("kind", ""), pairs.pop("status", "0")
    if kind not in set(IncidentKind) or not status.isdecimal():
        raise CaseError(block.line, f"an incident has a kind of {', '.join(IncidentKind)} and a status in digits")
    detail = {key.removeprefix("detail-"): value for key, value in pairs.items()}
    return Incident(IncidentKind(kind), request, int(status), detail, declaration)


def _declaration(block: _Block) -> Declaration:
    pairs = _pairs(block)
    kind, statuses = pairs.pop("kind", None), pairs.pop("statuses", None)
    if kind is not None and kind not in set(RouteKind):
        raise CaseError(block.line, f"{kind!r} is none of {', '.join(RouteKind)}")
    if statuses is not None and not statuses.replace(" ", "").isdecimal():
        raise CaseError(block.line, "statuses are numbers parted by spaces")
    declaration = Declaration(
        kind=None if kind is None else RouteKind(kind),
        step=pairs.pop("step", None),
        site=read_origin(pairs.pop("site", "").encode()),
        target_hosts=frozenset(pairs.pop("target-hosts", "").split()),
        statuses=None if statuses is None else frozenset(map(int, statuses.split())),
        preserves_method=pairs.pop("preserves-method", "no") == "yes",
        needs_key=pairs.pop("needs-key", "no") == "yes",
        prefix=pairs.pop("prefix", ""),
    )
    if pairs:
        raise CaseError(block.line, f"nothing is declared by {', '.join(pairs)}")
    return declaration


def _split(lines: list[str], first_line: int) -> tuple[str, list[_Block]]:
    """The prose and the fenced blocks of one case."""
    prose: list[str] = []
    blocks: list[_Block] = []
    current: _Block | None = None
    for number, line in enumerate(lines[1:], first_line + 1):
        if current is None and line.startswith(_FENCE):
            current = _Block(line.removeprefix(_FENCE).strip(), number, [])
        elif current is None:
            if line.strip() and blocks:
                raise CaseError(number, "the prose of a case stands before its blocks")
            prose.append(line.strip())
        elif line.rstrip() == _FENCE:
            blocks.append(current)
            current = None
        elif line.startswith(_FENCE):
            raise CaseError(number, "a block inside a block")
        else:
            current.lines.append(line)
    if current is not None:
        raise CaseError(current.line, "this block is not closed")
    return " ".join(filter(None, prose)), blocks


def _expected(block: _Block) -> Sighting | None:
    if [line.strip() for line in block.lines] == ["none"]:
        return None
    pairs = _pairs(block)
    if list(pairs)[:2] != ["severity", "message"]:
        raise CaseError(block.line, "a finding begins with its severity and its message")
    severity, message, exchange = pairs.pop("severity"), pairs.pop("message"), pairs.pop("exchange", None)
    if severity not in set(Severity):
        raise CaseError(block.line + 1, f"{severity!r} is none of {', '.join(Severity)}")
    if exchange is not None and not (exchange.isascii() and exchange.isdecimal() and int(exchange)):
        raise CaseError(block.line, f"{exchange!r} is no number of an exchange")
    return Sighting(message, pairs, Severity(severity), None if exchange is None else int(exchange))


def _pairs(block: _Block) -> dict[str, str]:
    """The lines of a block as keys and values."""
    pairs: dict[str, str] = {}
    for number, line in enumerate(block.lines, block.line + 1):
        key, colon, value = line.partition(": ")
        if not colon or not value.strip() or key in pairs or not key.replace("-", "").isalnum():
            raise CaseError(number, "this block has lines of `key: value`, each key once")
        pairs[key] = value.strip()
    return pairs
