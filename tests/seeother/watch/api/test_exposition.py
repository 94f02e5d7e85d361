# SPDX-License-Identifier: Apache-2.0
"""Metrics as Prometheus reads them."""

from seeother.watch.api.exposition import Metric, to_text


def test_labels_are_escaped() -> None:
    """A label cannot end its line."""
    metric = Metric("rows", "Rows.", [({"step": 'a"b\\c\nd'}, 1)], kind="gauge")

    assert to_text([metric]) == '# HELP rows Rows.\n# TYPE rows gauge\nrows{step="a\\"b\\\\c\\nd"} 1\n'


def test_large_counts_keep_their_digits() -> None:
    """And a metric without samples keeps its head."""
    text = to_text([Metric("a", "A.", [({}, 123_456_789_012)]), Metric("b", "B.", [])])

    assert text.splitlines() == ["# HELP a A.", "# TYPE a counter", "a 123456789012", "# HELP b B.", "# TYPE b counter"]
