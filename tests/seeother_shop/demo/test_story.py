# SPDX-License-Identifier: Apache-2.0
"""The story tells of faults that happen, when they happen."""

from seeother_shop.demo import STORY, STORY_FAULTS, STORY_SECONDS
from seeother_shop.faults import parse_fault


def test_the_chapters_tell_of_each_fault_when_it_begins_and_when_it_ends() -> None:
    """Told in order, within the run, with a chapter at each turn."""
    faults = [parse_fault(fault) for fault in STORY_FAULTS]
    moments = [chapter.at for chapter in STORY]

    assert moments == sorted(moments)
    assert moments[0] == 0
    assert moments[-1] < STORY_SECONDS
    assert {moment for fault in faults for moment in (fault.start, fault.end)} <= set(moments)
