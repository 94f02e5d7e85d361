# SPDX-License-Identifier: Apache-2.0
"""Percentiles that are read from counts; those of real rows are held by the tests of the questions."""

from seeother.watch.questions import Measures


def counted(**buckets: int) -> Measures:
    """Durations by bucket."""
    found = Measures()
    for bucket, n in buckets.items():
        found.add({"measure": "answer", "bucket": int(bucket.removeprefix("b")), "total": n})
    return found


def test_a_rank_lies_in_the_bucket_of_its_value() -> None:
    """The lower of two in the middle."""
    found = counted(b80=2, b8=1, b160=1)

    middles = [2 ** ((bucket + 0.5) / 8) - 1 for bucket in (8, 80, 160)]
    assert [found.rank("answer", part) for part in (0.25, 0.5, 0.75, 0.76, 1)] == [middles[n] for n in (0, 1, 1, 2, 2)]
    assert found["answer"] == 4


def test_a_correction_may_come_before_what_it_corrects() -> None:
    """Less than nothing is not a value; of nothing there is no rank."""
    found = counted(b8=-1, b80=1)

    assert found.rank("answer", 0.5) == 2 ** (80.5 / 8) - 1
    assert (found["answer"], found.rank("served", 0.5)) == (0, 0)
