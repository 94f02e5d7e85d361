# SPDX-License-Identifier: Apache-2.0
"""The order of steps as people have taken them, where enough of it was seen; else as they were guessed."""

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations


def in_order(steps: Mapping[str, Collection[str]], visits: Sequence[Sequence[str]]) -> list[str]:
    """The names of steps: by how many others most people have met later; of two alike the one that is given first.

    `steps` has for each name the shapes of its exchanges, `visits` shapes in the order in which one person each met
    them first. People leave steps out and leave early, so each two are compared by those who met both (Copeland).
    """
    firsts = [_firsts(steps, visit) for visit in visits]
    before = dict.fromkeys(steps, 0.0)
    for one, other in combinations(steps, 2):
        told = [first[one] < first[other] for first in firsts if one in first and other in first]
        is_earlier = not told or 2 * sum(told) >= len(told)
        before[one if is_earlier else other] += 1
    return sorted(steps, key=lambda name: -before[name])


def _firsts(steps: Mapping[str, Collection[str]], visit: Sequence[str]) -> dict[str, int]:
    """Where in a visit each step was met first."""
    met: dict[str, int] = {}
    for place, shape in enumerate(visit):
        for name, shapes in steps.items():
            if shape in shapes:
                met.setdefault(name, place)
    return met
