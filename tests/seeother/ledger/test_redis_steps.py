# SPDX-License-Identifier: Apache-2.0
"""Names of keys, and replies that are none of ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeother.ledger.redis_steps import Forgotten, Steps, moved, verdict
from seeother.policy import LedgerKey, Running

NAMES = st.text(st.characters(), max_size=9)


@given(st.lists(st.builds(LedgerKey, NAMES, NAMES), max_size=9, unique=True))
def test_keys_stay_apart(keys: list[LedgerKey]) -> None:
    """Two keys have two names, and a name gives its key again; lone surrogates are text too."""
    steps = Steps("p", 9.0)

    calls = [steps.claim(key, b"print", 1.0, rerun=False, now=b"") for key in keys]
    _, doubts = steps.doubts([0, [[call.keys[0], 7, 2_000_000] for call in calls]])

    assert [doubt.granted.key for doubt in doubts] == keys
    assert [doubt.since for doubt in doubts] == [2.0] * len(keys)


def test_time_left_decides_when_to_ask_again() -> None:
    """What the server tells is in microseconds."""
    assert verdict(LedgerKey("s", "k"), [8_000_000, 6_000_000]) == Running(6.0)


def test_claim_that_came_too_late_has_no_verdict() -> None:
    """The server tells its time and has granted nothing."""
    assert verdict(LedgerKey("s", "k"), [1_795_857_277_461_113]) is None


@pytest.mark.parametrize("reply", [None, -3, [], [1, 2, 3], [b"1"]])
def test_strange_reply_is_refused(reply: None) -> None:
    """Better no verdict than a wrong one."""
    with pytest.raises(ValueError, match="not a reply"):
        verdict(LedgerKey("s", "k"), reply)
    with pytest.raises(ValueError, match="not a reply"):
        Steps("p", 9.0).doubts(reply)
    with pytest.raises(ValueError, match="not a reply"):
        Steps("p", 9.0).doubts([0, [reply]])


def test_lost_claim_is_told_from_one_that_is_over() -> None:
    """Of a claim that the store no longer knows, nobody may say that it was written down."""
    with pytest.raises(Forgotten):
        moved(-2)
    assert (moved(0), moved(1)) == (False, True)
