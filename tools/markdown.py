# SPDX-License-Identifier: Apache-2.0
"""Pieces of a generated page."""

from collections.abc import Sequence


def note(source: str) -> str:
    """The line that keeps people from editing a page by hand."""
    return f"<!-- Made from {source} by `make generate`; change it there. -->\n\n"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, ending with a newline."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
