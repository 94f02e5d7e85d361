# SPDX-License-Identifier: Apache-2.0
"""What a verb is: a line in the catalogue, and a file with `add` and `run`.

The file is imported only when its verb is used, so it may import its room where it stands; what an extra brings is
imported inside `run`.
"""

import argparse
from dataclasses import dataclass
from enum import IntEnum
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast


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
    """One verb: its file in this room, one line for the list of verbs, the extra it needs and what that brings."""

    name: str
    summary: str
    extra: str | None = None
    needs: tuple[str, ...] = ()

    def load(self) -> VerbFile:
        """Import the verb's file."""
        return cast("VerbFile", import_module(f"seeother.cli.{self.name}"))

    def missing(self) -> list[str]:
        """The packages that are needed and not installed; only packages around them are imported."""
        return [package for package in self.needs if not _is_installed(package)]


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # the package around it is not there
        return False
