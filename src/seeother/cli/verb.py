# SPDX-License-Identifier: Apache-2.0
"""What a verb is: a line in the catalogue, and a file with `add` and `run`.

The file is imported only when its verb is used, so it may import its room where it stands; what an extra brings is
imported inside `run`.
"""

import argparse
import re
from dataclasses import dataclass
from enum import IntEnum
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution
from typing import Protocol, cast

_NAME = re.compile(r"[^A-Za-z0-9._-]")  # what ends a name, PEP 508


class ExitCode(IntEnum):
    """What the command line answers to a script."""

    FINE = 0
    FAILED = 1  # findings, or a failed check
    WRONG_USAGE = 2  # or wrong configuration
    UNREACHABLE = 3  # a target or a store, or a port is taken
    INTERRUPTED = 130  # 128 + SIGINT, as shells say it
    BROKEN_PIPE = 141  # 128 + SIGPIPE


class Subparsers(Protocol):
    """Where a verb adds its parser: what `ArgumentParser.add_subparsers` gives."""

    def add_parser(
        self,
        name: str,
        *,
        help: str | None = ...,  # noqa: A002 - argparse's name
        description: str | None = ...,
        epilog: str | None = ...,
        formatter_class: type[argparse.HelpFormatter] = ...,
    ) -> argparse.ArgumentParser:
        """Add the parser of one verb."""
        ...


class VerbFile(Protocol):
    """What the file of a verb promises."""

    def add(self, subparsers: Subparsers) -> None:
        """Add the verb's parser with its arguments and examples."""
        ...

    def run(self, args: argparse.Namespace) -> int:
        """Do it; the answer is an exit code."""
        ...


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb: its file in this room, one line for the list of verbs, and the extras that it needs, if any.

    Where it can do without some of that, `least` are the extras that it cannot do without.
    """

    name: str
    summary: str
    extras: tuple[str, ...] = ()
    least: tuple[str, ...] = ()

    def load(self) -> VerbFile:
        """Import the verb's file."""
        return cast("VerbFile", import_module(f"seeother.cli.{self.name}"))

    def missing(self) -> list[str]:
        """The distributions that it cannot do without and that are not installed; nothing is imported to find out."""
        brought = {name for extra in self.least or self.extras for name in _brought_by(extra)}
        return sorted([name for name in brought if not _is_installed(name)])


def _brought_by(extra: str) -> list[str]:
    """What an extra brings, as the installed package says it; extras inside extras are spelt out there."""
    try:
        required = distribution("seeother").requires or []
    except PackageNotFoundError:  # run from its source without being installed: nobody knows
        return []
    mark = re.compile(rf"extra *== *[\"']{extra}[\"']")
    return [_NAME.split(requirement, maxsplit=1)[0] for requirement in required if mark.search(requirement)]


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
