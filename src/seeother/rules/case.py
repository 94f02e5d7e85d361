# SPDX-License-Identifier: Apache-2.0
"""Cases: an exchange in HTTP message syntax and what the rule says to it, written in Markdown.

A case file begins with `# CODE name`. Each case is a second-level head, a paragraph and three fenced blocks:

    ## A form is answered with 302

    Why this is a hit, or merely looks like one.

    ```http
    POST /orders HTTP/1.1
    Host: shop.example
    ```

    ```http
    HTTP/1.1 302 Found
    Location: /orders/7
    ```

    ```finding
    severity: warning
    message: `POST /orders` was answered `302`, ...
    location: /orders/7
    ```

The third block is the single word `none` in a near miss; lines after `message` are the evidence. A target in
origin-form is on https, one in absolute-form where it says. The reader is strict: what it does not know, it refuses.
"""

from dataclasses import dataclass
from importlib.resources import files

from seeother.errors import CallerError
from seeother.journey import Severity
from seeother.message import Exchange

from .http_text import read_request, read_response
from .rule import Rule, Sighting

_FENCE = "```"
_LANGUAGES = ("http", "http", "finding")


class CaseError(CallerError):
    """A case file that breaks its own rules; says where."""

    def __init__(self, line: int, message: str) -> None:
        """Remember the line, counted from 1."""
        super().__init__(f"line {line}: {message}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Case:
    """One exchange and the finding that it must give, or None for a near miss; `text` is its Markdown."""

    title: str
    exchange: Exchange
    expected: Sighting | None
    text: str


@dataclass(frozen=True, slots=True)
class _Block:
    language: str
    line: int
    lines: list[str]


def read_cases(rule: Rule) -> list[Case]:
    """The cases that are shipped with a rule."""
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
    if tuple([block.language for block in blocks]) != _LANGUAGES:
        raise CaseError(first_line, "a case has three blocks: http (request), http (response) and finding")
    request, response, finding = blocks
    try:
        asked = read_request(request.lines)
        head, content = read_response(response.lines)
    except ValueError as error:
        raise CaseError(request.line, str(error)) from None
    return Case(title, Exchange(asked, head, content), _expected(finding), "\n".join(lines).strip())


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
    pairs: dict[str, str] = {}
    for number, line in enumerate(block.lines, block.line + 1):
        key, colon, value = line.partition(": ")
        if not colon or not value.strip() or key in pairs or not key.replace("-", "").isalnum():
            raise CaseError(number, "a finding is `none` or lines of `key: value`, each key once")
        pairs[key] = value.strip()
    if list(pairs)[:2] != ["severity", "message"]:
        raise CaseError(block.line, "a finding begins with its severity and its message")
    severity, message = pairs.pop("severity"), pairs.pop("message")
    if severity not in set(Severity):
        raise CaseError(block.line + 1, f"{severity!r} is none of {', '.join(Severity)}")
    return Sighting(message, pairs, Severity(severity))
