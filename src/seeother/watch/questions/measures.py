# SPDX-License-Identifier: Apache-2.0
"""What counts tell of one step: the rows of the questions `matrix` and `submits` by their measure.

Percentiles are found here: in the engine they cost as much as all the rest of such a question.
"""

import math
from collections import defaultdict
from collections.abc import Iterable

from .asker import Row


class Measures:
    """Totals and percentiles of one step; a measure that was never counted is 0."""

    def __init__(self) -> None:
        """Nothing counted yet."""
        self._totals: defaultdict[str, int] = defaultdict(int)
        self._buckets: defaultdict[str, dict[int, int]] = defaultdict(dict)

    def __getitem__(self, measure: str) -> int:
        """The total: a count, or a sum in microseconds."""
        return self._totals.get(measure, 0)

    def rank(self, measure: str, part: float) -> float:
        """The percentile at a part from 0 to 1 of what is counted in buckets, microseconds; 0 of nothing.

        It is the middle, on a logarithmic scale, of the bucket in which the value of that rank lies: within 4.5 %.
        """
        # A correction may have come before what it corrects: then there is less than nothing in a bucket.
        counted = sorted([(bucket, n) for bucket, n in self._buckets[measure].items() if n > 0])
        rank = math.ceil(part * sum([n for _, n in counted]))
        for bucket, n in counted:
            rank -= n
            if rank <= 0:
                return 2 ** ((bucket + 0.5) / 8) - 1
        return 0

    def add(self, row: Row) -> None:
        """Take one row of the answer."""
        measure, total = row["measure"], row["total"]
        self._totals[measure] += total
        self._buckets[measure][row["bucket"]] = total


def by_step(rows: Iterable[Row]) -> dict[str, Measures]:
    """The measures of each step that has any."""
    found: defaultdict[str, Measures] = defaultdict(Measures)
    for row in rows:
        found[row["step"]].add(row)
    return dict(found)
