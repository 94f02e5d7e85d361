# SPDX-License-Identifier: Apache-2.0
"""Shows what was read as a person would write it."""

from seeother.draft import Reading, read_routes


def read(app: object) -> Reading:
    """The reading of an application that must be readable."""
    reading = read_routes(app)
    assert reading is not None
    return reading


def shown(reading: Reading) -> list[str]:
    """The patterns of a reading, by the alphabet."""
    return sorted([str(route.pattern) for route in reading.routes])


def reasons(reading: Reading) -> dict[str, str]:
    """What was left out, and why."""
    return {each.path: each.reason for each in reading.left_out}
