# SPDX-License-Identifier: Apache-2.0
"""Of which slots a period consists: its whole days, and what is left at its two ends in shorter ones.

Counts are kept by minute, ten minutes, hour and day, so a month is read from some hundred slots instead of forty
thousand. They are named one by one, for the engine plans a short list sooner than seven ranges.
"""

_SECOND = 1_000_000  # microseconds
_MINUTE = 60  # seconds
_GRAINS = (1, 10, 60, 1440)  # minutes, as the warehouse counts

Slot = tuple[int, int]  # length in minutes, start in seconds since the epoch


def slots(since: int, until: int) -> list[Slot]:
    """The slots from `since` until just before `until`, microseconds since the epoch, rounded down to the minute."""
    start, end = (moment // _SECOND // _MINUTE * _MINUTE for moment in (since, until))
    return _split(start, end, _GRAINS)


def grain_of(*multiples: int) -> int:
    """The longest slot, in minutes, of which all of these are multiples, in microseconds."""
    return max(grain for grain in _GRAINS if all(each % (grain * _MINUTE * _SECOND) == 0 for each in multiples))


def _split(start: int, end: int, grains: tuple[int, ...]) -> list[Slot]:
    """The longest that fit, and what is before and behind them in shorter ones."""
    *shorter, grain = grains
    length = grain * _MINUTE
    first, last = -(-start // length) * length, end // length * length
    if not shorter:
        return [(grain, at) for at in range(start, end, length)]
    if first >= last:
        return _split(start, end, tuple(shorter))
    whole = [(grain, at) for at in range(first, last, length)]
    return [*_split(start, first, tuple(shorter)), *whole, *_split(last, end, tuple(shorter))]
