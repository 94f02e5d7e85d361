# SPDX-License-Identifier: Apache-2.0
"""`seeother audit`: judge recorded traffic by the rules."""

import argparse
import json
import os
import re
import sys
from pathlib import Path

from seeother.audit import HarError, Report, audit_recording, read_har, to_document, to_text
from seeother.journey import Severity

from .command_line import complain
from .verb import ExitCode, Subparsers

NEVER = "never"
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_EPILOG = """\
A TARGET is a HAR file: in a browser's developer tools open the network panel, tick "preserve log", walk through the
checkout and save all as HAR. Passwords, tokens, cookies, card numbers and e-mail addresses are left out of the report.

exit codes: 0 nothing as bad as --fail-on, 1 findings, 2 no HAR file or nothing in it, 3 cannot be read

examples:
  seeother audit checkout.har
  seeother audit --fail-on error before.har after.har
  seeother audit --format json checkout.har | jq .summary

With one TARGET the JSON document is that target's; with several it is {"audits": [...], "summary": {...}}.
"""


def add(subparsers: Subparsers) -> None:
    """Add the verb's parser."""
    parser = subparsers.add_parser(
        "audit",
        help="judge recorded traffic (HAR) by the rules",
        description="Judge every exchange of a recording by the rules, and report what is wrong with evidence.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("targets", nargs="+", metavar="TARGET", help="a HAR file")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument(
        "--fail-on",
        choices=(*[severity.value for severity in Severity], NEVER),
        default=Severity.WARNING.value,
        help="the least severity that makes the exit code 1; default: warning, for advice is what an RFC leaves open",
    )


def run(args: argparse.Namespace) -> int:
    """Read all targets first, so that a report is whole or not there at all."""
    targets: list[str] = args.targets
    read = [_audit(target) for target in targets]
    reports = [outcome for outcome in read if isinstance(outcome, Report)]
    if len(reports) < len(read):
        return max([outcome for outcome in read if isinstance(outcome, ExitCode)])
    if args.format == "json":
        print(json.dumps(to_document(reports), indent=2))
    else:
        print(to_text(reports, is_coloured=_may_colour()), end="")
    if args.fail_on == NEVER:
        return ExitCode.FINE
    least = Severity(args.fail_on)
    return ExitCode.FAILED if any(report.is_failed(least) for report in reports) else ExitCode.FINE


def _audit(target: str) -> Report | ExitCode:
    """The report on one target, or why there is none."""
    if _URL.match(target):
        complain(f"audit: {target}: only recordings can be audited so far; save the visit as a HAR file and give that")
        return ExitCode.WRONG_USAGE
    try:
        report = audit_recording(target, read_har(Path(target).read_bytes()))
    except OSError as error:
        complain(f"audit: {target}: cannot be read: {error.strerror}")
        return ExitCode.UNREACHABLE
    except HarError as error:
        complain(f"audit: {target}: {error}")
        return ExitCode.WRONG_USAGE
    if report.exchanges == 0:
        complain(f"audit: {target}: no exchange in it was answered over HTTP, so there is nothing to judge")
        return ExitCode.WRONG_USAGE
    return report


def _may_colour() -> bool:
    """Whether standard output is a terminal whose owner has nothing against colour (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
