# SPDX-License-Identifier: Apache-2.0
"""Kills components by the thousand and holds what they leave against the invariants; a program of its own.

    python -m tests.faults.crash.matrix FOLDER POSTGRES REDIS KILLS SEED [PLANT CELL LABEL]

It has no threads and no connections, so that it may fork: components, and those who come after them. Each line of its
output is a JSON object: how many kills there were so far, and at the end the report.
"""

import asyncio
import gc
import json
import random
import signal
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, fields
from pathlib import Path

from seeother.testing import Death, Life
from tests.faults.crash.cells import LEASE, NAMES, Cell, Servers, make_cell
from tests.faults.crash.judge import Books, Evidence, violations
from tests.faults.crash.lives import Case, Story, observer, open_claims, rehearse, survivor, victim
from tests.faults.crash.points import points
from tests.faults.crash.site import heard

TOGETHER = 6  # components of a cell that live at the same time
_RANDOM = 0.2  # share of kills at a random moment
_EACH_NTH_SLEEPS = 9  # of the turns, which is no divisor of the cells' number: so that each cell comes to it
_ENTRANCES = ("asgi", "wsgi")
_LIFE_SECONDS = 0.1  # about how long one takes; measured as it goes


@dataclass(slots=True)
class Report:
    """What happened: deaths and sleeps by label and by cell, what was wrong, and for how long a key was blocked."""

    kills: int = 0
    sleeps: int = 0
    missed: int = 0  # components that ended without having come to their point
    failed: int = 0  # and those of them by an error: PostgreSQL ends a transaction that has outlived its lease
    seconds: float = 0.0
    longest_block: float = 0.0  # seconds from a death to the first answer that is not "in progress"
    by_label: Counter[str] = field(default_factory=Counter[str])
    by_cell: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])


class Matrix:
    """The cells, and who dies in them."""

    def __init__(self, servers: Servers, seed: int, *, plant: str = "", cell: str = "", label: str = "") -> None:
        """Empty stores; `plant` names a fault to make, `cell` and `label` where."""
        names = [name for name in NAMES if cell in {"", " ".join(name)}]
        self._cells = [make_cell(servers, *name) for name in names]
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        self._plant = plant
        self._label = label.removeprefix("asleep ")
        self._is_asleep = label.startswith("asleep ")
        self._rounds = 0
        self._count = 0
        self._life = _LIFE_SECONDS
        self._turns: dict[str, int] = {}
        self.report = Report()

    def rehearse(self) -> None:
        """Load all that children need; of the threads that this takes none may be left but one that forks know of."""
        for cell in self._cells:
            for entrance in _ENTRANCES:
                asyncio.run(rehearse(cell, entrance))
        left = {each.name for each in threading.enumerate()} - {"MainThread", "seeother-renewals"}
        if left:
            raise SystemExit(f"a fork would lose {left}")
        gc.freeze()  # children share what is there

    def run(self, kills: int) -> None:
        """Kill so many, each cell in turn."""
        began = told = time.monotonic()
        while (self.report.sleeps if self._is_asleep else self.report.kills) < kills:
            for cell in self._cells:
                self._rounds += 1
                if self._is_asleep or not (self._label or self._rounds % _EACH_NTH_SLEEPS):
                    self._sleep(cell)
                else:
                    self._kill(cell)
                self.report.seconds = time.monotonic() - began
                if time.monotonic() - told > 1:
                    told = time.monotonic()
                    _say({"kills": self.report.kills, "wrong": self.report.wrong})

    def _case(self, cell: Cell, *, asleep: bool = False) -> Case:
        self._count += 1
        key = f"{self._count:06}-{self._chance.randrange(1 << 30):08x}"
        entrance = self._chance.choice(_ENTRANCES)
        if not asleep and not self._label and self._chance.random() < _RANDOM:
            return Case(key, entrance, None, way=self._chance.choice(("", "", "slow", "fails")))
        there = [each for each in points(cell) if (each.sleeps or not asleep) and self._label in each.label]
        turn = self._turns[cell.name] = self._turns.get(cell.name, -1) + 1  # each point in turn
        point = there[turn % len(there)]
        by = signal.SIGSTOP if asleep else signal.SIGKILL
        return Case(key, entrance, point, self._chance.randint(1, point.most), point.way, by)

    def _kill(self, cell: Cell) -> None:
        """Have some live together and die, and then somebody come after all of them."""
        cases = [self._case(cell) for _ in range(TOGETHER)]
        began = time.monotonic()
        lives = [(case, Life.of(victim(cell, case, self._plant))) for case in cases]
        for case, life in lives:
            if case.point is None:
                moment = began + self._chance.uniform(0.0, 2 * self._life)
                time.sleep(max(0.0, moment - time.monotonic()))
                life.kill()
        deaths = [(case, life.end()) for case, life in lives]
        self._life = 0.9 * self._life + 0.1 * (time.monotonic() - began)
        now = time.monotonic()
        died = {case.key: now for case, death in deaths if self._counted(cell, case, death)}
        stories = self._after(cell, died) if died else {}
        self._judge(cell, [Evidence(case, heard(death.told), stories[case.key])
                           for case, death in deaths if case.key in died])  # fmt: skip

    def _sleep(self, cell: Cell) -> None:
        """Have one fall asleep and others ask meanwhile; then it wakes up and goes on."""
        case = self._case(cell, asleep=True)
        life = Life.of(victim(cell, case, self._plant))
        if not life.asleep(30):
            self.report.missed += 1
            life.end()
            return
        time.sleep(LEASE)
        seen = _stories(Life.of(observer(cell, [case.key], self._chance.choice(_ENTRANCES), self._plant)).end())
        life.resume()
        death = life.end()
        self._failed(cell, case, death)
        self.report.sleeps += 1
        self.report.by_label[case.label] += 1
        self.report.by_cell[cell.name] += 1
        story = self._after(cell, {case.key: time.monotonic()})[case.key]
        self._judge(cell, [Evidence(case, heard(death.told), story, seen[case.key])])

    def _counted(self, cell: Cell, case: Case, death: Death) -> bool:
        if not death.is_killed:
            self.report.missed += 1
            self._failed(cell, case, death)
            return False
        self.report.kills += 1
        self.report.by_label[case.label] += 1
        self.report.by_cell[cell.name] += 1
        return True

    def _failed(self, cell: Cell, case: Case, death: Death) -> None:
        """Count who has ended by an error; only a transaction may be taken from its owner."""
        if death.code:
            self.report.failed += 1
            if not cell.is_transactional:
                self.report.wrong.append(f"it ended with {death.code}: {cell.name}, {case.label}")

    def _after(self, cell: Cell, died: dict[str, float]) -> dict[str, Story]:
        return _stories(Life.of(survivor(cell, died, self._chance.choice(_ENTRANCES), self._plant)).end(120))

    def _judge(self, cell: Cell, found: list[Evidence]) -> None:
        still = Life.of(lambda tell: tell(json.dumps(open_claims(cell)).encode())).end()
        books = Books.of(cell, json.loads(still.told))
        for evidence in found:
            self.report.longest_block = max(self.report.longest_block, evidence.story.stuck)
            case = evidence.case
            there = "" if case.point is None else f" ({case.point.point} {case.n})"
            for wrong in violations(cell, evidence, books):
                self.report.wrong.append(f"{wrong}: {cell.name}, {case.entrance}, {case.label}{there}, {case.key}")


def _stories(death: Death) -> dict[str, Story]:
    if death.code:
        raise SystemExit(f"who came after ended with {death.code}")
    return {story.key: story for story in map(Story.read, json.loads(death.told))}


def _say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main(folder: str, postgres: str, redis: str, kills: str, seed: str, *plant: str) -> None:
    """Kill as the command line says."""
    named = dict(zip(("plant", "cell", "label"), plant, strict=False))
    matrix = Matrix(Servers(Path(folder), postgres, redis), int(seed), **named)
    matrix.rehearse()
    matrix.run(int(kills))
    _say({"report": {each.name: getattr(matrix.report, each.name) for each in fields(Report)}})


if __name__ == "__main__":
    main(*sys.argv[1:])
