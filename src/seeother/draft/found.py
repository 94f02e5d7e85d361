# SPDX-License-Identifier: Apache-2.0
"""What a framework's reader reports, in the framework's own spelling of paths."""

from typing import NamedTuple


class Found(NamedTuple):
    """A path and its methods; `is_assumed` when the application does not say the methods and its code suggests them."""

    path: str
    methods: frozenset[str]
    is_assumed: bool = False


class LeftOut(NamedTuple):
    """A path that no entry is drafted for, and why."""

    path: str
    reason: str


class Mounted(NamedTuple):
    """Another application below a path, to be read in its turn."""

    path: str
    app: object


Report = Found | LeftOut | Mounted


def has_class_of(value: object, prefix: str) -> bool:
    """Whether `value` is of a class, or of a class derived from one, that a module under `prefix` defines."""
    return any(f"{each.__module__}.".startswith(f"{prefix}.") for each in type(value).__mro__)
