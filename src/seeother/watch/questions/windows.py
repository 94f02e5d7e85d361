# SPDX-License-Identifier: Apache-2.0
"""The windows in which uptime is looked for: some lengths that people think in, and the whole period."""

_MINUTE = 60_000_000  # microseconds
_LENGTHS = (1, 5, 15, 60, 360, 1440)  # minutes

Minutes = dict[str, int | list[int]]


def windows(since: int, until: int) -> Minutes:
    """The parameters of the question `uptime` about a period in whole minutes, microseconds since the epoch."""
    first, end = since // _MINUTE, until // _MINUTE
    period = end - first
    return {"first": first, "end": end, "windows": [*(each for each in _LENGTHS if each < period), period]}
