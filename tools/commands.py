# SPDX-License-Identifier: Apache-2.0
"""The page of the command line, from the verbs' own parsers.

argparse could print its help here, but it words and breaks it differently from one Python to the next.
"""

import argparse

from seeother.cli.catalogue import CATALOGUE
from tools.markdown import note, table


class Verbs:
    """Collects the parsers that verbs add, as argparse's subparsers would."""

    def __init__(self) -> None:
        self.parsers: list[argparse.ArgumentParser] = []

    def add_parser(
        self,
        name: str,
        *,
        help: str | None = None,  # noqa: A002, ARG002 - argparse's name; the list of verbs has it already
        description: str | None = None,
        epilog: str | None = None,
        formatter_class: type[argparse.HelpFormatter] = argparse.HelpFormatter,
    ) -> argparse.ArgumentParser:
        """A parser of its own for each verb."""
        parser = argparse.ArgumentParser(
            f"seeother {name}", description=description, epilog=epilog, formatter_class=formatter_class
        )
        self.parsers.append(parser)
        return parser


def written(action: argparse.Action) -> str:
    """How one argument is typed."""
    several = "..." if action.nargs in {"+", "*"} else ""
    value = "|".join(map(str, action.choices)) if action.choices else action.metavar or action.dest.upper()
    if not action.option_strings:
        return f"`{action.metavar or action.dest.upper()}{several}`"
    name = ", ".join(action.option_strings)
    return f"`{name}`" if action.nargs == 0 else f"`{name} {value}{several}`"


def section(parser: argparse.ArgumentParser) -> str:
    """What one verb does, its arguments and its examples."""
    rows = [
        [written(action), (action.help or "") % (vars(action) | {"prog": parser.prog})]
        for action in parser._actions  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - there is no public list
        if action.dest != "help"
    ]
    text = f"## {parser.prog}\n\n{parser.description}\n"
    if rows:
        text += "\n" + table(["argument", "meaning"], rows)
    if parser.epilog:
        text += f"\n```text\n{parser.epilog.strip()}\n```\n"
    return text


def commands_page() -> str:
    """Every verb with its arguments."""
    verbs = Verbs()
    for verb in CATALOGUE:
        verb.load().add(verbs)
    index = table(
        ["verb", "what it does", "extras"],
        [
            [f"`seeother {verb.name}`", verb.summary, ", ".join(f"`{extra}`" for extra in verb.extras)]
            for verb in CATALOGUE
        ],
    )
    head = note("src/seeother/cli") + "# Command line\n\n" + index
    return "\n".join([head, *(section(parser) for parser in verbs.parsers)])
