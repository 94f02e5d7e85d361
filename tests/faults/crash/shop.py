# SPDX-License-Identifier: Apache-2.0
"""Kills the services of the shop while people buy, and reads its books afterwards; a program of its own.

    python -m tests.faults.crash.shop FOLDER DATABASE KILLS SEED [MODE]

It has loaded the three services and forks them, each time from the start that their commands make; at the death of one
the next begins. DATABASE is `sqlite` or an address of PostgreSQL; MODE is the storefront's guard's, `repair` if it is
not given. Output as that of `matrix.py`.
"""

import http.client
import importlib
import json
import os
import random
import runpy
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import func, select
from sqlalchemy.orm import SessionTransaction
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from seeother.ledger import Outbox
from seeother.ledger.transaction.sqlalchemy import SessionJoined
from seeother.testing import Life, Tell, killing
from seeother_shop.database import Database
from seeother_shop.demo.cast import Databases
from seeother_shop.payments.courier import Courier
from seeother_shop.serving import fresh_secrets
from seeother_shop.storefront import Order, OrderState, errands
from tests.faults.crash.crowd import crowd
from tests.seeother_shop.premises import Premises, in_files, url_of
from tests.servers.program import free_port

ROOMS = ("inventory", "payments", "storefront")
LOADED = ("alembic.command", "uvicorn.lifespan.on", "uvicorn.loops.auto", "uvloop", "psycopg.pq",
          *(f"seeother_shop.{room}.app" for room in ROOMS), "seeother_shop.storefront.telemetry")  # fmt: skip
SETTLED_SECONDS = 300.0  # for people to finish and for errands and webhooks to arrive, once nobody is killed any more
_START_SECONDS = 60.0
_BETWEEN = (0.3, 2.5)  # from one kill to the next, once the service is back: times as long as it took to come back
_IMPATIENT = 0.2  # share of kills that do not wait for that
_AT_A_POINT = 0.5  # share of services that will die at a point, if nobody kills them before
_OVERDUE = 5.0  # seconds after which nobody waits any more for a service to die at its point
_TICK_SECONDS = 0.01
# Whoever is killed on an errand leaves it to the next one after this; the shop itself takes a minute.
_ERRAND_SECONDS = 4.0
# Label, point, owners, and how often at most it comes before.
POINTS: tuple[tuple[str, str, tuple[type, ...], int], ...] = (
    ("before business commit", "before commit", (SessionTransaction,), 10),
    ("after business commit", "after commit", (SessionTransaction,), 10),
    ("before the action's commit", "before commit", (SessionJoined,), 3),
    ("after the action's commit", "after commit", (SessionJoined,), 3),
    ("outbox delivery", "before _do", (Outbox,), 6),
    ("outbox delivery", "after _do", (Outbox,), 6),
    ("webhook delivery", "before _accepted", (Courier,), 2),
    ("webhook delivery", "after _accepted", (Courier,), 2),
    ("mid-response", "before send", (RequestResponseCycle,), 12),
    ("mid-response", "after send", (RequestResponseCycle,), 12),
)


@dataclass(slots=True)
class Report:
    """What happened, and what the books say."""

    kills: int = 0
    seconds: float = 0.0
    longest_wait: float = 0.0  # seconds that somebody asked again and again for one thing
    bought: int = 0
    by_label: Counter[str] = field(default_factory=Counter[str])
    by_room: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Service:
    """A service that lives, and where it may die by itself."""

    life: Life
    label: str
    born: float = field(default_factory=time.monotonic)


class Street:
    """The three services, who kills them, and the people."""

    def __init__(self, folder: Path, databases: Databases, *, seed: int, mode: str) -> None:
        """Nothing is started yet."""
        self._folder = folder
        self._databases = databases
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        self._mode = mode
        self._ports = {room: free_port() for room in ROOMS}
        self._secrets = fresh_secrets()
        self._services: dict[str, Service] = {}
        self._pace = 0.3  # seconds, about how long a service takes to come back
        self.report = Report()

    def origin(self, room: str) -> str:
        """Where a service answers; the provider is on another site."""
        return f"http://{'localhost' if room == 'payments' else '127.0.0.1'}:{self._ports[room]}"

    @property
    def premises(self) -> Premises:
        """The shop for people to come to and for its books."""
        shop, payments, inventory = (self.origin(room) for room in ("storefront", "payments", "inventory"))
        return Premises(self._folder, self._databases, shop, payments, inventory, self._secrets)

    def run(self, kills: int) -> None:
        """Open, kill so many, let everything settle, and read the books."""
        began = time.monotonic()
        for room in ROOMS:
            self._start(room, in_peace=True)
            self._await(room)
        stopping, diary = self._folder / "stopping", self._folder / "diary"
        people = Life.of(crowd(self.premises, stopping, diary))
        try:
            self._kill(kills, began)
            stopping.touch()
            for room in ROOMS:  # those that are alive may still have a point to die at
                self._services[room].life.kill()
                self._services[room].life.end()
                self._start(room, in_peace=True)
                self._await(room)
            if people.end(SETTLED_SECONDS + _START_SECONDS).code:
                self.report.wrong.append("people could not go on")
            self._settle()
            self._judge(diary)
        finally:
            for service in self._services.values():
                service.life.kill()
                service.life.end()
        self.report.seconds = time.monotonic() - began

    def _kill(self, kills: int, began: float) -> None:
        told = time.monotonic()
        due = 0.0
        while self.report.kills < kills:
            time.sleep(_TICK_SECONDS)
            now = time.monotonic()
            victim = self._chosen(now) if now >= due else None
            if victim is not None:
                self._services[victim].life.kill()
            dead = [room for room, service in self._services.items() if room == victim or service.life.is_over]
            for room in dead:
                self._bury(room, self._services[room], by_us=room == victim)
                self._start(room)
            for room in dead:
                if self._chance.random() > _IMPATIENT:
                    self._await(room)
            if dead:
                self._pace = 0.8 * self._pace + 0.2 * (time.monotonic() - now)
                due = time.monotonic() + self._pace * self._chance.uniform(*_BETWEEN)
            if now - told > 1:
                told = now
                self.report.seconds = now - began
                _say({"kills": self.report.kills, "wrong": self.report.wrong})

    def _chosen(self, now: float) -> str | None:
        """Whom to kill: anybody who is not yet to die by themselves."""
        there = [room for room, service in self._services.items() if not service.label or now > service.born + _OVERDUE]
        return self._chance.choice(there) if there else None

    def _bury(self, room: str, service: Service, *, by_us: bool) -> None:
        death = service.life.end()
        if not death.is_killed:
            said = self._output(room).read_text(errors="replace")[-500:]
            self.report.wrong.append(f"{room} ended with {death.code}: {said}")
        label = "at random" if by_us else service.label
        self.report.kills += 1
        self.report.by_label[label] += 1
        self.report.by_room[room] += 1

    def _start(self, room: str, *, in_peace: bool = False) -> None:
        fate = self._chance.choice(POINTS) if not in_peace and self._chance.random() < _AT_A_POINT else None
        n = self._chance.randint(1, fate[3]) if fate is not None else 0
        self._services[room] = Service(Life.of(self._life(room, fate, n)), fate[0] if fate else "")

    def _life(self, room: str, fate: tuple[str, str, tuple[type, ...], int] | None, n: int) -> Callable[[Tell], None]:
        arguments = [room, "--port", str(self._ports[room]), "--database", url_of(self._databases, room)]
        if room == "storefront":
            arguments += ["--payments", self.origin("payments"), "--inventory", self.origin("inventory")]
        home = self._folder / f"{room}-home"
        home.mkdir(exist_ok=True)

        def life(_: Tell) -> None:
            with self._output(room).open("ab") as output:
                os.dup2(output.fileno(), 1)
                os.dup2(output.fileno(), 2)
            os.chdir(home)
            os.environ.update(self._secrets)
            if room == "storefront":
                os.environ["SEEOTHER_SITE_MODE"] = self._mode
            sys.argv = arguments
            with ExitStack() as stack:
                delivery = replace(errands._DELIVERY, lease=_ERRAND_SECONDS)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - no setting has it
                stack.enter_context(patch.object(errands, "_DELIVERY", delivery))
                if fate is not None:
                    stack.enter_context(killing(fate[1], *fate[2], n=n))
                runpy.run_module(f"seeother_shop.{room}", run_name="__main__")

        return life

    def _output(self, room: str) -> Path:
        return self._folder / f"{room}.output"

    def _await(self, room: str) -> None:
        """Wait until a service answers, or has died of its own fate."""
        limit = time.monotonic() + _START_SECONDS
        while time.monotonic() < limit:
            line = http.client.HTTPConnection("127.0.0.1", self._ports[room], timeout=5)
            try:
                line.request("GET", "/healthz")
                if line.getresponse().status == http.HTTPStatus.OK:
                    return
            except (OSError, http.client.HTTPException):
                if self._services[room].life.is_over:
                    return
                time.sleep(_TICK_SECONDS)
            finally:
                line.close()
        raise TimeoutError(f"{room} did not start: {self._output(room).read_text(errors='replace')[-2000:]}")

    def _settle(self) -> None:
        """Wait until nothing is under way any more."""
        limit = time.monotonic() + SETTLED_SECONDS
        while not (self.premises.flush_webhooks() == 0 and self.premises.books().balanced):
            if time.monotonic() > limit:
                self.report.wrong.append(f"the books do not settle: {self.premises.books()}")
                return
            time.sleep(0.1)

    def _judge(self, diary: Path) -> None:
        """As many orders and charges as people who were thanked, each its own, and each unit of stock somewhere."""
        wrong, books = self.report.wrong, self.premises.books()
        thanked: list[str] = []
        for line in diary.read_text().splitlines():
            entry = json.loads(line)
            if "wrong" in entry:
                wrong.append(entry["wrong"])
            else:
                thanked.append(entry["order"])
                self.report.longest_wait = max(self.report.longest_wait, entry["seconds"])
        self.report.bought = len(thanked)
        with Database(self.premises.database("storefront")) as database, database.reading() as session:
            orders = {row.id: row.state for row in session.execute(select(Order.id, Order.state))}
            forms = session.scalar(select(func.count(Order.form_key.distinct()))) or 0
        checks = {
            f"{len(orders) - forms} duplicate orders": len(orders) == forms,
            f"{books.duplicate_charges} duplicate charges": books.duplicate_charges == 0,
            f"{len(set(thanked) - set(orders))} orders lost": set(thanked) <= set(orders),
            f"{len(set(orders) - set(thanked))} orders of nobody": set(orders) <= set(thanked),
            "a paid order is not paid": all(orders.get(order) == OrderState.PAID for order in thanked),
            "charges are not orders": books.charges == books.orders == len(thanked) and books.charges_match_orders,
            "stock is not conserved": books.stock_conserved and books.stock_matches_orders,
            "errands are left": books.open_errands == 0,
            "nobody bought anything": bool(thanked),
        }
        wrong += [what for what, is_so in checks.items() if not is_so]


def _say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main(folder: str, database: str, kills: str, seed: str, mode: str = "repair") -> None:
    """Kill as the command line says."""
    for name in LOADED:
        importlib.import_module(name)
    databases = in_files(Path(folder)) if database == "sqlite" else Databases.at(database)
    street = Street(Path(folder), databases, seed=int(seed), mode=mode)
    street.run(int(kills))
    report = street.report
    _say({"report": {name: getattr(report, name) for name in Report.__slots__}})


if __name__ == "__main__":
    main(*sys.argv[1:])
