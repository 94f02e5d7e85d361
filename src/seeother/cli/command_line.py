# SPDX-License-Identifier: Apache-2.0
"""The command line: finds the verb, runs it and turns what went wrong into one line and an exit code."""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches

from seeother import __version__
from seeother.errors import CallerError, PeerError, SeeOtherError, SettingsError, StoreError

from .catalogue import CATALOGUE
from .verb import ExitCode, Verb

_EPILOG = """\
examples:
  seeother demo                      buy something, and watch it
  seeother audit checkout.har        what is wrong with a recorded checkout
  seeother rules RED001              why, and what to do about it

exit codes: 0 fine, 1 findings or failed check, 2 wrong usage or configuration,
3 target or store unreachable or port taken

`seeother VERB --help` says more about a verb.
"""
_EXIT_CODES: tuple[tuple[type[SeeOtherError], ExitCode], ...] = (
    (SettingsError, ExitCode.WRONG_USAGE),
    (CallerError, ExitCode.WRONG_USAGE),
    (StoreError, ExitCode.UNREACHABLE),
    (PeerError, ExitCode.UNREACHABLE),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and answer with its exit code; `arguments` are the process's own unless given."""
    _let_every_text_through()
    try:
        code = _run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Nobody reads on. What is still buffered has nowhere to go, and the interpreter would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.BROKEN_PIPE
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    return code


def complain(message: str) -> None:
    """Say on standard error, in one line, what is wrong."""
    line = "".join([char if char.isprintable() else " " for char in message])
    print(f"seeother: {line}", file=sys.stderr)


def build_parser(verb: Verb | None) -> argparse.ArgumentParser:
    """The parser of the command line, in which only `verb` has its arguments."""
    parser = argparse.ArgumentParser(
        prog="seeother",
        description="Keeps multi-step web flows from breaking, and says what broke when one does.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"seeother {__version__}")
    subparsers = parser.add_subparsers(title="verbs", dest="verb", metavar="VERB", required=True)
    for each in CATALOGUE:
        if each is verb:
            each.load().add(subparsers)
        else:
            subparsers.add_parser(each.name, help=each.summary)
    return parser


def _run(arguments: Sequence[str]) -> int:
    asked = next((argument for argument in arguments if not argument.startswith("-")), None)
    verb = next((each for each in CATALOGUE if each.name == asked), None)
    if asked is not None and verb is None:
        close = get_close_matches(asked, [each.name for each in CATALOGUE], 1)
        complain(f"there is no verb {asked!r}; " + (f"did you mean {close[0]}?" if close else "see seeother --help"))
        return ExitCode.WRONG_USAGE
    try:
        return _run_verb(verb, arguments)
    except SystemExit as exit_:  # argparse has said what it had to say
        return exit_.code if isinstance(exit_.code, int) else ExitCode.FINE
    except SeeOtherError as error:
        complain(f"{asked}: {error}")
        return next((code for kind, code in _EXIT_CODES if isinstance(error, kind)), ExitCode.FAILED)


def _run_verb(verb: Verb | None, arguments: Sequence[str]) -> int:
    parser = build_parser(verb)
    if not arguments:
        parser.print_help(sys.stderr)
        return ExitCode.WRONG_USAGE
    args = parser.parse_args(arguments)
    if verb is None:  # pragma: no cover - then there was help, the version or an error, and argparse has left
        return ExitCode.WRONG_USAGE
    if missing := verb.missing():
        extras = ",".join(verb.extras)
        complain(f"{verb.name} needs {', '.join(missing)}; install them: pip install 'seeother[{extras}]'")
        return ExitCode.WRONG_USAGE
    return verb.load().run(args)


def _let_every_text_through() -> None:
    """Show as an escape what the terminal's encoding lacks, instead of failing half-way through a report."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
