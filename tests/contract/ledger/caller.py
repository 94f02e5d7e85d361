# SPDX-License-Identifier: Apache-2.0
"""Callers of a ledger that do as they like and write down what they asked and heard; a program of its own, too.

    python -m tests.contract.ledger.caller URL RECORD SEED KEYS CALLS CALLERS threads|tasks

Each call is written down before it is made and again when it has been heard of, so that of a process that is killed
everything is known but what nobody can know.
"""

import asyncio
import json
import os
import random
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from seeother.errors import StoreError
from seeother.ledger import Ledger, open_ledger
from seeother.message import Response
from seeother.policy import Finished, Granted, LedgerKey, Verdict

from .key_model import Asked, Verb
from .linearizable import Operation

LEASE = 3600.0  # seconds: no state changes by itself
VERBS: tuple[Verb, ...] = ("claim", "rerun", "renew", "settle", "release", "abandon", "clear")
WEIGHTS = (8, 4, 2, 1, 4, 4, 2)


class Callers:
    """The callers of one process, who know each other's claims, stale ones included."""

    def __init__(self, ledger: Ledger, record: Path, *, seed: int, keys: int, calls: int) -> None:
        """Call so often, each of them; what they do follows from the seed and from what they hear."""
        self._ledger = ledger
        self._record = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._seed = seed
        self._keys = keys
        self._calls = calls
        self._held: list[Granted] = []

    def in_threads(self, callers: int) -> None:
        """Call from so many threads."""
        threads = [threading.Thread(target=self._thread, args=(number,)) for number in range(callers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def in_tasks(self, callers: int) -> None:
        """Call from so many tasks of one event loop."""

        async def all_of_them() -> None:
            await asyncio.gather(*[self._task(number) for number in range(callers)])

        asyncio.run(all_of_them())

    def _thread(self, number: int) -> None:
        chance = random.Random(self._seed * 1000 + number)  # noqa: S311 - no secret
        for call in range(self._calls):
            name = f"{self._seed}.{number}.{call}"
            claim, asked = self._chosen(chance, name)
            self._write("asked", name, claim.key.key, asked)
            try:
                heard = self._heard(self._asked(claim, asked), asked)
            except StoreError:
                continue  # nobody heard
            self._write("heard", name, claim.key.key, heard)

    async def _task(self, number: int) -> None:
        chance = random.Random(self._seed * 1000 + number)  # noqa: S311 - no secret
        for call in range(self._calls):
            name = f"{self._seed}.{number}.{call}"
            claim, asked = self._chosen(chance, name)
            self._write("asked", name, claim.key.key, asked)
            try:
                heard = self._heard(await self._awaited(claim, asked), asked)
            except StoreError:
                continue
            self._write("heard", name, claim.key.key, heard)

    def _chosen(self, chance: random.Random, name: str) -> tuple[Granted, Asked]:
        """What to do next, with which claim; a claim of no token is one that is yet to be made."""
        (verb,) = chance.choices(VERBS, WEIGHTS)
        if verb in {"claim", "rerun"} or not self._held:
            key = LedgerKey("s", str(chance.randrange(self._keys)))
            asked = Asked("rerun" if verb == "rerun" else "claim", None, fingerprint=int(chance.random() < 0.1))
            return Granted(key, 0), asked
        claim = chance.choice(self._held[-2 * self._keys :])
        return claim, Asked(verb, None, claim.token, int(name.replace(".", "")))

    def _asked(self, claim: Granted, asked: Asked) -> Verdict | bool:
        ledger = self._ledger
        match asked.verb:
            case "claim" | "rerun":
                return ledger.claim(claim.key, b"%d" % asked.fingerprint, LEASE, rerun=asked.verb == "rerun")
            case "renew":
                return ledger.renew(claim, LEASE)
            case "settle":
                return ledger.settle(claim, Response(200, (), b"%d" % asked.answer), LEASE)
            case "release":
                return ledger.release(claim)
            case "abandon":
                return ledger.abandon(claim)
            case "clear":
                return ledger.clear(claim)

    async def _awaited(self, claim: Granted, asked: Asked) -> Verdict | bool:
        face = self._ledger.awaitable
        match asked.verb:
            case "claim" | "rerun":
                return await face.claim(claim.key, b"%d" % asked.fingerprint, LEASE, rerun=asked.verb == "rerun")
            case "renew":
                return await face.renew(claim, LEASE)
            case "settle":
                return await face.settle(claim, Response(200, (), b"%d" % asked.answer), LEASE)
            case "release":
                return await face.release(claim)
            case "abandon":
                return await face.abandon(claim)
            case "clear":
                return await asyncio.to_thread(self._ledger.clear, claim)

    def _heard(self, said: Verdict | bool, asked: Asked) -> Asked:  # noqa: FBT001 - a ledger's word
        """The call with what was said in it."""
        if isinstance(said, bool):
            return Asked(asked.verb, "yes" if said else "no", asked.token, asked.answer)
        token, answer = 0, 0
        if isinstance(said, Granted):
            self._held.append(said)
            token = said.token
        elif isinstance(said, Finished):
            answer = int(said.answer.content)
        return Asked(asked.verb, type(said).__name__.lower(), token, answer, asked.fingerprint)

    def _write(self, when: str, name: str, key: str, asked: Asked) -> None:
        said = (asked.verb, asked.said, asked.token, asked.answer, asked.fingerprint)
        os.write(self._record, json.dumps([when, time.monotonic(), name, key, said]).encode() + b"\n")


def histories(records: Iterable[Path]) -> dict[str, list[Operation[Asked]]]:
    """What the callers of all processes wrote down, key by key; their clock is the machine's."""
    began: dict[str, tuple[float, str, Asked]] = {}
    found: dict[str, list[Operation[Asked]]] = {}
    for record in records:
        for line in record.read_text().splitlines():
            when, moment, name, key, said = json.loads(line)
            if when == "asked":
                began[name] = (moment, key, Asked(*said))
            else:
                since, _, _ = began.pop(name)
                found.setdefault(key, []).append(Operation(Asked(*said), since, moment))
    for since, key, asked in began.values():
        found.setdefault(key, []).append(Operation(asked, since))
    return found


def main() -> None:
    """Call as the command line says."""
    url, record, seed, keys, calls, callers, way = sys.argv[1:]
    ledger = open_ledger(url)
    group = Callers(ledger, Path(record), seed=int(seed), keys=int(keys), calls=int(calls))
    if way == "tasks":
        group.in_tasks(int(callers))
    else:
        group.in_threads(int(callers))
    ledger.close()


if __name__ == "__main__":
    main()
