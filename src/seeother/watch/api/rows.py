# SPDX-License-Identifier: Apache-2.0
"""Rows as people read them: moments for microseconds, null for what the tables keep as empty."""

from typing import Any

from seeother.watch.questions import Row

from .period import from_microseconds

_NO_TRACE = "0" * 32


def known(row: Row) -> dict[str, Any]:
    """A row with its time as a moment, and null for what is not known."""
    found: dict[str, Any] = {name: None if value == "" else value for name, value in row.items()}
    if found.get("trace_id") == _NO_TRACE:
        found["trace_id"] = None
    found["status"] = row["status"] or None
    found["time"] = from_microseconds(found.pop("time_us"))
    return found
