# SPDX-License-Identifier: Apache-2.0
"""Whether a history of concurrent calls can be explained by calls that were made one after the other.

Theory: Herlihy and Wing, "Linearizability" (1990); the search is Wing and Gong's with Lowe's memory of what has been
tried, as in porcupine: take a call that no unexplained call ended before, see whether the model allows what it said, go
on; and where nothing can be taken, take one back. Two ways that made the same calls and left the same state are one.

A call of which nobody heard (its process was killed, the store was cut off) ends at infinity: it may have had its
effect at any time after it began, or never.
"""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

State = TypeVar("State", bound=Hashable)
Call = TypeVar("Call")


@dataclass(frozen=True, slots=True)
class Operation(Generic[Call]):
    """One call, with what it said in it; seconds of one clock that all callers share."""

    call: Call
    began: float
    ended: float = math.inf


# The states that the model may be in after a call that said what it said; none where it cannot have said so.
Step = Callable[[State, Call], frozenset[State]]


def is_linearizable(history: Sequence[Operation[Call]], initial: State, step: Step[State, Call]) -> bool:
    """Whether some order of the calls that keeps to their times explains all that was said."""
    operations = sorted(history, key=lambda operation: operation.began)
    needed = sum([1 << index for index, operation in enumerate(operations) if operation.ended < math.inf])
    tried: set[tuple[int, frozenset[State]]] = set()
    # Each way is what has been explained, as a set of bits, and the states that this may have left.
    ways: list[tuple[int, frozenset[State]]] = [(0, frozenset({initial}))]
    while ways:
        done, states = ways.pop()
        if done & needed == needed:
            return True
        for index in _candidates(operations, done):
            call = operations[index].call
            after = frozenset([state for before in states for state in step(before, call)])
            way = (done | 1 << index, after)
            if after and way not in tried:
                tried.add(way)
                ways.append(way)
    return False


def _candidates(operations: Sequence[Operation[Call]], done: int) -> list[int]:
    """The calls that may be explained next: those that began before any other unexplained one had ended."""
    found: list[int] = []
    first_end = math.inf
    first_open = (~done & (done + 1)).bit_length() - 1
    for index in range(first_open, len(operations)):
        operation = operations[index]
        if operation.began > first_end:
            break  # and so did all later ones
        if not done >> index & 1:
            found.append(index)
            first_end = min(first_end, operation.ended)
    return [index for index in reversed(found) if operations[index].began <= first_end]
