# SPDX-License-Identifier: Apache-2.0
"""What counts tell of one step: the rows of the question `matrix` by their measure."""

from collections import defaultdict
from collections.abc import Iterable

from seeother.watch.questions import Row


class Measures:
    """Totals and percentiles of one step; a measure that was never counted is 0."""

    def __init__(self) -> None:
        """Nothing counted yet."""
        self._rows: dict[str, Row] = {}

    def __getitem__(self, measure: str) -> int:
        """The total: a count, or a sum in microseconds."""
        return self._rows[measure]["total"] if measure in self._rows else 0

    @property
    def error_views(self) -> int:
        """Page views with at least one JavaScript error."""
        return self._rows["error"]["views"] if "error" in self._rows else 0

    def rank(self, measure: str, part: str) -> float:
        """The percentile `p50`, `p75` or `p95` of a measure that has a total, microseconds."""
        found: float = self._rows[measure][f"{part}_us"]
        return found

    def add(self, row: Row) -> None:
        """Take one row of the answer."""
        self._rows[row["measure"]] = row


def by_step(rows: Iterable[Row]) -> dict[str, Measures]:
    """The measures of each step that has any."""
    found: defaultdict[str, Measures] = defaultdict(Measures)
    for row in rows:
        found[row["step"]].add(row)
    return dict(found)
