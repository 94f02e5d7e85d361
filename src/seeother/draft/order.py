# SPDX-License-Identifier: Apache-2.0
"""The order of steps as people have taken them, where enough of it was seen; else as they were guessed."""

from collections.abc import Collection, Mapping, Sequence
from itertools import permutations


def in_order(steps: Mapping[str, Collection[str]], visits: Sequence[Sequence[str]]) -> list[str]:
    """The names of steps: each behind those that most people met before it, else in the order in which they are given.

    `steps` has for each name the shapes of its exchanges, `visits` shapes in the order in which one person each met
    them first. People leave steps out and leave early, so each two are compared by those who met both.
    """
    firsts = [_firsts(steps, visit) for visit in visits]
    before: dict[str, set[str]] = {name: set() for name in steps}
    for one, other in permutations(steps, 2):
        told = [first[one] < first[other] for first in firsts if one in first and other in first]
        if 2 * sum(told) > len(told):
            before[other].add(one)
    order: list[str] = []
    left = list(steps)
    while left:
        # In a circle, where majorities contradict each other, the guess decides.
        free = next((name for name in left if before[name].isdisjoint(left)), left[0])
        left.remove(free)
        order.append(free)
    return order


def _firsts(steps: Mapping[str, Collection[str]], visit: Sequence[str]) -> dict[str, int]:
    """Where in a visit each step was met first."""
    met: dict[str, int] = {}
    for place, shape in enumerate(visit):
        for name, shapes in steps.items():
            if shape in shapes:
                met.setdefault(name, place)
    return met
