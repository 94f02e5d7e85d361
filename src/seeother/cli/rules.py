# SPDX-License-Identifier: Apache-2.0
"""`seeother rules`: the list of rules, or the page of one."""

import argparse
import json
from difflib import get_close_matches
from typing import Any

from seeother.rules import CATALOGUE, Case, Rule, read_cases, to_markdown

from .command_line import complain
from .verb import ExitCode, Subparsers

_EPILOG = """\
exit codes: 0 shown, 2 there is no such rule

examples:
  seeother rules                      all rules
  seeother rules RED001               what it sees, why it hurts, what to do, and its cases
  seeother rules --format json | jq '.rules[].code'
"""


def add(subparsers: Subparsers) -> None:
    """Add the verb's parser."""
    parser = subparsers.add_parser(
        "rules",
        help="list the rules, or show one with its cases",
        description="List what can be wrong with an exchange, or show the page of one rule.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("code", nargs="?", metavar="CODE", help="a rule's code or name")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(args: argparse.Namespace) -> int:
    """Show one rule or all."""
    is_json = args.format == "json"
    if args.code is None:
        print(json.dumps({"rules": [_summary(rule) for rule in CATALOGUE]}, indent=2) if is_json else _table())
        return ExitCode.FINE
    rule = _find(args.code)
    if rule is None:
        complain(f"rules: there is no rule {args.code!r}; the nearest: {', '.join(_nearest(args.code))}")
        return ExitCode.WRONG_USAGE
    print(json.dumps(_whole(rule), indent=2) if is_json else to_markdown(rule), end="\n" if is_json else "")
    return ExitCode.FINE


def _find(asked: str) -> Rule | None:
    """The rule with this code or name, in any case of letters."""
    return next((rule for rule in CATALOGUE if asked.lower() in {rule.code.lower(), rule.name}), None)


def _nearest(asked: str) -> list[str]:
    """Codes that look like what was asked for, the nearest first; never none."""
    names = {name: rule.code for rule in CATALOGUE for name in (rule.code.lower(), rule.name)}
    return list(dict.fromkeys([names[name] for name in get_close_matches(asked.lower(), names, n=3, cutoff=0)]))


def _table() -> str:
    return "\n".join([f"{rule.code}  {rule.severity:<8} {rule.name:<40} {rule.source}" for rule in CATALOGUE])


def _summary(rule: Rule) -> dict[str, Any]:
    return {
        "code": rule.code,
        "name": rule.name,
        "statement": rule.prose.statement,
        "severity": rule.severity.value,
        "source": rule.source,
        "visibility": [visibility.value for visibility in rule.visibility],
        "repair": rule.repair.value,
        "cure": rule.cure,
    }


def _whole(rule: Rule) -> dict[str, Any]:
    return {**_summary(rule), "prose": rule.prose.sections, "cases": [_case(case) for case in read_cases(rule)]}


def _case(case: Case) -> dict[str, Any]:
    """A case; its exchange is in the Markdown, as people read it."""
    expected = case.expected
    finding = expected and {
        "severity": expected.severity,
        "message": expected.message,
        "evidence": dict(expected.evidence),
    }
    return {"title": case.title, "markdown": case.text, "finding": finding}
