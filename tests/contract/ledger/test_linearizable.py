# SPDX-License-Identifier: Apache-2.0
"""The checker itself: it accepts what can be explained and rejects what cannot."""

import math
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .key_model import Asked, Key, step
from .linearizable import Operation, is_linearizable


def write(register: int, call: tuple[str, int]) -> frozenset[int]:
    """A register: what is read is what was written last."""
    verb, value = call
    if verb == "write":
        return frozenset({value})
    return frozenset({register}) if register == value else frozenset()


def of_register(*calls: tuple[str, int, float, float]) -> bool:
    """Whether a history of a register that begins with 0 is linearizable."""
    return is_linearizable([Operation((verb, value), began, ended) for verb, value, began, ended in calls], 0, write)


def test_calls_one_after_the_other_keep_their_order() -> None:
    """A read after a write sees it."""
    assert of_register(("write", 1, 0, 1), ("read", 1, 2, 3))
    assert not of_register(("write", 1, 0, 1), ("read", 0, 2, 3))
    assert not of_register(("read", 1, 0, 1), ("write", 1, 2, 3))


def test_calls_at_once_have_either_order() -> None:
    """While a write is under way a read sees the old or the new, but no two readers disagree about the order."""
    assert of_register(("write", 1, 0, 9), ("read", 0, 1, 2), ("read", 1, 3, 4))
    assert not of_register(("write", 1, 0, 9), ("read", 1, 1, 2), ("read", 0, 3, 4))
    assert of_register(("write", 1, 0, 9), ("write", 2, 0, 9), ("read", 2, 10, 11))
    assert not of_register(("write", 1, 0, 9), ("write", 2, 0, 9), ("read", 2, 10, 11), ("read", 1, 12, 13))


def test_a_call_of_which_nobody_heard_may_have_happened_later_or_never() -> None:
    """But not before it began, and once seen it stays."""
    assert of_register(("write", 1, 0, math.inf), ("read", 0, 1, 2), ("read", 1, 3, 4))
    assert of_register(("write", 1, 0, math.inf), ("read", 0, 1, 2))
    assert not of_register(("write", 1, 5, math.inf), ("read", 1, 1, 2))
    assert not of_register(("write", 1, 0, math.inf), ("read", 1, 1, 2), ("read", 0, 3, 4))


CALLS = st.lists(
    st.tuples(st.sampled_from(["read", "write"]), st.integers(0, 2), st.integers(0, 12), st.integers(0, 6)), max_size=5
)


@given(CALLS)
def test_it_agrees_with_trying_every_order(calls: list[tuple[str, int, int, int]]) -> None:
    """On histories that are short enough to try them all."""
    history = [Operation((verb, value), began, began + took) for verb, value, began, took in calls]

    def explains(order: tuple[Operation[tuple[str, int]], ...]) -> bool:
        value = 0
        for place, operation in enumerate(order):
            if any(later.ended < operation.began for later in order[place + 1 :]):
                return False
            after = write(value, operation.call)
            if not after:
                return False
            (value,) = after
        return True

    assert is_linearizable(history, 0, write) == any(map(explains, permutations(history)))


def of_key(*asked: tuple[Asked, float, float]) -> bool:
    """Whether a history of one key is linearizable."""
    return is_linearizable([Operation(call, began, ended) for call, began, ended in asked], Key(), step)


GRANTED = Asked("claim", "granted", 1)
WRONG: dict[str, list[tuple[Asked, float, float]]] = {
    "two owners": [(GRANTED, 0, 5), (Asked("claim", "granted", 2), 0, 5)],
    "a token twice": [(GRANTED, 0, 1), (Asked("release", "yes", 1), 2, 3), (GRANTED, 4, 5)],
    "a silent second run": [
        (GRANTED, 0, 1),
        (Asked("abandon", "yes", 1), 2, 3),
        (Asked("claim", "granted", 2), 4, 5),
    ],
    "a forgotten answer": [
        (GRANTED, 0, 1),
        (Asked("settle", "yes", 1, 7), 2, 3),
        (Asked("claim", "granted", 2), 4, 5),
    ],
    "another's answer": [
        (GRANTED, 0, 1),
        (Asked("settle", "yes", 1, 7), 2, 3),
        (Asked("claim", "finished", answer=8), 4, 5),
    ],
    "two answers": [(GRANTED, 0, 1), (Asked("settle", "yes", 1, 7), 2, 9), (Asked("settle", "yes", 1, 8), 2, 9)],
    "a stale owner that settles": [
        (GRANTED, 0, 1),
        (Asked("abandon", "yes", 1), 2, 3),
        (Asked("rerun", "granted", 2), 4, 5),
        (Asked("settle", "yes", 1, 7), 6, 7),
    ],
    "a release after doubt": [(GRANTED, 0, 1), (Asked("abandon", "yes", 1), 2, 3), (Asked("release", "yes", 1), 4, 5)],
    "a running claim that is cleared": [(GRANTED, 0, 1), (Asked("clear", "yes", 1), 2, 3)],
    "running before it was claimed": [(Asked("claim", "running"), 0, 1), (GRANTED, 2, 3)],
    "an answer seen and then lost": [
        (GRANTED, 0, 1),
        (Asked("settle", None, 1, 7), 2, math.inf),
        (Asked("claim", "finished", answer=7), 4, 5),
        (Asked("claim", "running"), 6, 7),
    ],
    "another request let in": [(GRANTED, 0, 1), (Asked("claim", "running", fingerprint=1), 2, 3)],
}
RIGHT: dict[str, list[tuple[Asked, float, float]]] = {
    "one owner": [(GRANTED, 0, 5), (Asked("claim", "running"), 0, 5)],
    "a rerun": [(GRANTED, 0, 1), (Asked("abandon", "yes", 1), 2, 3), (Asked("rerun", "granted", 2), 4, 5)],
    "a settle nobody heard of": [
        (GRANTED, 0, 1),
        (Asked("settle", None, 1, 7), 2, math.inf),
        (Asked("claim", "running"), 4, 5),
        (Asked("claim", "finished", answer=7), 6, 7),
    ],
    "a claim nobody heard of": [
        (Asked("claim", None), 0, math.inf),
        (Asked("claim", "running"), 1, 2),
        (Asked("claim", "granted", 9), 3, 4),
    ],
    "an outcome learnt late": [
        (GRANTED, 0, 1),
        (Asked("abandon", "yes", 1), 2, 3),
        (Asked("claim", "unknown"), 4, 5),
        (Asked("settle", "yes", 1, 7), 6, 7),
        (Asked("claim", "finished", answer=7), 8, 9),
    ],
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_histories_are_rejected(name: str) -> None:
    """Each of these would be a duplicate or a lost action."""
    assert not of_key(*WRONG[name])


@pytest.mark.parametrize("name", RIGHT)
def test_right_histories_are_accepted(name: str) -> None:
    """Each of these may happen."""
    assert of_key(*RIGHT[name])
