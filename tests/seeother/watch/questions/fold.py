# SPDX-License-Identifier: Apache-2.0
"""The oracle: what questions about journeys should answer, folded in a way that anybody can check by eye."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator

from .asked import DAY, GOAL, MINUTE, SECOND, STEPS, Asked, Exchange, Seen, people, within

SLOW = 8 * SECOND


def is_success(exchange: Exchange) -> bool:
    """Whether an exchange reaches the goal."""
    return exchange.step == STEPS[-1] and not exchange.failed and 200 <= exchange.status < 300


def is_broken(exchange: Exchange, all_of_them: list[Exchange]) -> bool:
    """Whether an attempt failed and stayed so."""
    return exchange.failed and not any(
        other.journey_id == exchange.journey_id
        and other.step == exchange.step
        and not other.failed
        and exchange.at < other.at <= exchange.at + 60 * SECOND
        for other in all_of_them
    )


def _standing(row: Exchange) -> tuple[int, int, bool]:
    """Of attempts at one moment, the one furthest on is the last; a failed one before one that did not."""
    return row.at, STEPS.index(row.step) + 1, row.failed


def journeys_in(exchanges: list[Exchange], asked: Asked) -> Iterator[tuple[str, list[Exchange]]]:
    """Each journey's exchanges, on the days around the one on which it began, if that lies in the period."""
    seen: dict[str, list[Exchange]] = {}
    for row in sorted(people(exchanges), key=lambda row: row.at):
        seen.setdefault(row.journey_id, []).append(row)
    for journey_id, rows in seen.items():
        for day in sorted({row.at // DAY for row in rows}):
            around = [row for row in rows if abs(row.at // DAY - day) <= asked.days_around]
            began = next((row.at for row in around if row.step), -1)
            if began // DAY == day and asked.since <= began < asked.until:
                yield journey_id, around


def last_attempt(rows: list[Exchange]) -> Exchange:
    """Where a journey stands."""
    return max((row for row in rows if row.step), key=_standing)


def outcome(rows: list[Exchange], asked: Asked) -> str:
    """How a journey ended."""
    if any(is_success(row) for row in rows):
        return "success"
    if asked.now - rows[-1].at <= asked.abandoned_after:
        first = next(row for row in rows if row.step)
        return "timeout" if asked.now - first.at > asked.timeout else "in_progress"
    return "error" if last_attempt(rows).failed else "abandoned"


def was_failing(rows: list[Exchange]) -> bool:
    """Whether its last exchange came within 10 s of a failed attempt."""
    failures = [row.at for row in rows if row.step and row.failed]
    return bool(failures) and rows[-1].at - max(failures) <= 10 * SECOND


def folded_outcomes(exchanges: list[Exchange], asked: Asked) -> dict[str, int]:
    """What the question `journeys` should answer."""
    names = ("started", "success", "abandoned", "error", "timeout", "in_progress", "error_caused")
    counts: dict[str, int] = dict.fromkeys(names, 0)
    for _, rows in journeys_in(exchanges, asked):
        how = outcome(rows, asked)
        counts["started"] += 1
        counts[how] += 1
        counts["error_caused"] += how in ("error", "abandoned") and was_failing(rows)
    return counts


def folded_funnel(exchanges: list[Exchange], asked: Asked) -> list[dict[str, int]]:
    """What the question `funnel` should answer."""
    journeys = [(rows, outcome(rows, asked)) for _, rows in journeys_in(exchanges, asked)]
    table: list[dict[str, int]] = []
    for position in range(1, GOAL + 1) if journeys else ():
        row: Counter[str] = Counter()
        for rows, how in journeys:
            places = {STEPS.index(each.step) + 1: not each.failed for each in rows if each.step}
            good = {STEPS.index(each.step) + 1 for each in rows if each.step and not each.failed}
            stands_here = STEPS.index(last_attempt(rows).step) + 1 == position and how != "success"
            lost = stands_here and how in ("error", "abandoned")
            row["reached"] += max(places) >= position
            row["attempted"] += position in places
            row["passed"] += position in good
            row["lost"] += lost
            row["error_caused"] += lost and was_failing(rows)
            row["open"] += stands_here and not lost
        names = ("reached", "attempted", "passed", "lost", "error_caused", "open")
        table.append({"position": position} | {name: row[name] for name in names})
    return table


def folded_matrix(exchanges: list[Exchange], pages: list[Seen], asked: Asked) -> dict[tuple[str, str], list[float]]:
    """What the question `matrix` should answer by step and measure: the total, then percentiles, if any."""
    attempts = [row for row in within(exchanges, asked) if row.step]
    viewed = [page for page in pages if asked.since <= page.at < asked.until]
    matrix: dict[tuple[str, str], list[float]] = {}
    for step in STEPS:
        mine = [row for row in attempts if row.step == step]
        seen = [page for page in viewed if page.step == step]
        navigations = [page.dom_complete for page in seen if page.dom_complete is not None]
        completed = [value for value in navigations if value]
        screens = [page.first_screens[-1] for page in seen if page.first_screens]
        measures: dict[str, list[float]] = {
            "answer": ranked([row.took for row in mine]),
            "answer_us": [sum(row.took for row in mine)],
            "failed": [sum(row.failed for row in mine)],
            "http_error": [sum(row.failed and row.status >= 400 for row in mine)],
            "view": [len(navigations)],
            "slow": [sum(value == 0 or value > SLOW for value in navigations)],
            "dom_complete": ranked(completed),
            "dom_complete_us": [sum(completed)],
            "first_screen": ranked(screens),
            "first_screen_us": [sum(screens)],
            "error": [sum(page.error for page in seen)],
        }
        matrix |= {(step, measure): values for measure, values in measures.items() if values[0]}
    return matrix


def ranked(values: list[int]) -> list[float]:
    """How many, and the percentiles 50, 75 and 95."""
    return [len(values), *[middle(values, part) for part in (0.5, 0.75, 0.95)]]


def middle(values: list[int], part: float) -> float:
    """The middle of the bucket of the value at a rank, rounded; 0 of nothing."""
    if not values:
        return 0
    value = sorted(values)[math.ceil(part * len(values)) - 1]
    return round(2 ** ((math.floor(8 * math.log2(value + 1)) + 0.5) / 8) - 1, 6)


def folded_uptime(exchanges: list[Exchange], asked: Asked) -> list[dict[str, int]]:
    """What the question `uptime` should answer: second by second, for rows that lie on whole seconds."""
    spent: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    rows = [row for row in people(exchanges) if row.step and row.at < asked.until]
    rows = [row for row in rows if row.at >= asked.since - asked.abandoned_after]
    for journey_id in {row.journey_id for row in rows}:
        mine = sorted((row for row in rows if row.journey_id == journey_id), key=lambda row: row.place)
        for index, row in enumerate(mine):
            following = mine[index + 1].at if index + 1 < len(mine) else asked.until
            for second in range(row.at, min(following, row.at + asked.abandoned_after, asked.now, asked.until), SECOND):
                if second >= asked.since:
                    spent[second // MINUTE][row.failed] += SECOND
    minutes = list(range(asked.since // MINUTE, asked.until // MINUTE))
    found: list[dict[str, int]] = []
    for length in dict.fromkeys([*(n for n in (1, 5, 15, 60, 360, 1440) if n < len(minutes)), len(minutes)]):
        windows: list[tuple[float, int, int, int]] = []
        for end in range(length, len(minutes) + 1):
            up = sum(spent[minute][0] for minute in minutes[end - length : end])
            down = sum(spent[minute][1] for minute in minutes[end - length : end])
            if up + down:
                windows.append((up / (up + down), up, down, asked.since + end * MINUTE))
        if windows:
            _, up, down, end_us = min(windows, key=lambda window: (window[0], window[3]))
            found.append({"window_s": length * 60, "up_us": up, "down_us": down, "end_us": end_us})
    return found
