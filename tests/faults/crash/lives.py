# SPDX-License-Identifier: Apache-2.0
"""What a child does: order once and die of it, or come after the dead and ask until there is an answer."""

import asyncio
import faulthandler
import json
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from secrets import token_hex

from seeother.errors import StoreError
from seeother.ledger import Reconciler, open_ledger
from seeother.message import Response
from seeother.policy import Doubt, Granted, LedgerKey, Outcome
from seeother.testing import Tell, killing
from tests.faults.crash.cells import LEASE, Cell, short_leases
from tests.faults.crash.planted import FAULTS
from tests.faults.crash.points import Point
from tests.faults.crash.site import Answer, Client, Order, Site, answered, heard

PATIENCE = 30.0  # seconds for a key to become usable, to see one that never does
HELD = 3 * LEASE  # seconds for which a key is asked for whose owner sleeps
_PAUSE = 0.02  # seconds between two questions
_HANG_SECONDS = 50.0  # after which a child says where it hangs
_AGAIN = frozenset({500, 503})  # whoever gets these comes again
_PURGED = 3  # keys that have had their time


@dataclass(frozen=True, slots=True)
class Case:
    """One component to be killed: its order, its way in, and its point; None for a random moment."""

    key: str
    entrance: str
    point: Point | None
    n: int = 1
    way: str = ""
    by: signal.Signals = signal.SIGKILL

    @property
    def label(self) -> str:
        """As a report says it."""
        if self.point is None:
            return "at random"
        return f"asleep {self.point.label}" if self.by is signal.SIGSTOP else self.point.label


def begin(plant: str, stack: ExitStack) -> None:
    """Begin a child's life; `plant` names a fault to make, or none."""
    faulthandler.dump_traceback_later(_HANG_SECONDS, exit=True)
    short_leases()
    if plant:
        stack.enter_context(FAULTS[plant]())


async def rehearse(cell: Cell, entrance: str) -> None:
    """Order once and live, so that this process has loaded all that its children need."""
    site = Site(cell, entrance)
    await site.ask(Order(f"rehearsal-{entrance}"), Client(lambda _: None))
    if cell.is_transactional:
        await site.deliver()
    await site.close()


def victim(cell: Cell, case: Case, plant: str = "") -> Callable[[Tell], None]:
    """The life of a component that orders once and dies where it is told to."""

    async def ordered(tell: Tell) -> None:
        site = Site(cell, case.entrance)
        await site.ask(Order(case.key, case.way), Client(tell))
        errand = case.point.errand if case.point is not None else "deliver" if cell.is_transactional else "purge"
        if errand == "purge":
            await asyncio.to_thread(_purge, cell)
        elif errand == "deliver":
            await site.deliver()
        await site.close()

    def life(tell: Tell) -> None:
        with ExitStack() as stack:
            begin(plant, stack)
            if case.point is not None:
                stack.enter_context(killing(case.point.point, *case.point.owners, n=case.n, by=case.by))
            asyncio.run(ordered(tell))

    return life


def _purge(cell: Cell) -> None:
    """Let some keys have their time, and forget them; a ledger that is busy is left alone."""
    ledger = open_ledger(cell.ledger_url)
    with suppress(StoreError):
        for _ in range(_PURGED):
            granted = ledger.claim(LedgerKey("purged", token_hex(8)), b"", LEASE)
            if isinstance(granted, Granted):
                ledger.settle(granted, Response(200, (), b""), 0.001)
        ledger.purge()
    ledger.close()


@dataclass(slots=True)
class Story:
    """What became of a key after its owner had died, or while it sleeps.

    `stuck` is for how many seconds it was said to be running; `doubted` whether its outcome was unknown then.
    """

    key: str
    final: Answer | None
    replays: list[Answer]
    mismatch: int
    stuck: float
    doubted: bool

    def written(self) -> list[object]:
        """As JSON can say it."""
        return [self.key, _written(self.final), [_written(each) for each in self.replays], self.mismatch, self.stuck,
                self.doubted]  # fmt: skip

    @classmethod
    def read(cls, written: Sequence[object]) -> "Story":
        """What `written` wrote."""
        key, final, replays, *more = written
        return cls(key, _read(final), [each for each in map(_read, replays) if each], *more)  # type: ignore[arg-type, call-overload]


def _written(answer: Answer | None) -> list[object] | None:
    if answer is None:
        return None
    fields = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in answer.fields]
    return [answer.status, fields, answer.content.decode("latin-1"), answer.is_replayed]


def _read(written: object) -> Answer | None:
    match written:
        case [int(status), list(pairs), str(content), bool(is_replayed)]:
            fields = tuple([(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs])
            return Answer(status, fields, content.encode("latin-1"), is_replayed)
        case _:
            return None


async def asked(site: Site, order: Order) -> Answer:
    """The whole answer to a request; a failure of the application counts as 500.

    On a machine that has much else to do PostgreSQL ends a transaction of ours that is idle for as long as our lease.
    """
    parts: list[bytes] = []
    try:
        await site.ask(order, Client(parts.append))
    except Exception:  # noqa: BLE001 - whoever asks is not told which
        parts.clear()
    got = heard(b"".join(parts))
    return got[0] if got is not None and got[1] else Answer(500, (), b"")


async def _until_final(site: Site, key: str, *, seconds: float, died: float) -> tuple[Answer | None, float]:
    """Ask until the answer is neither "later" nor "still running" nor a failure; and how long it took since `died`."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        answer = await asked(site, Order(key))
        if answer.status not in _AGAIN and answer.problem != "in-progress":
            return answer, time.monotonic() - died
        await asyncio.sleep(_PAUSE)
    return None, time.monotonic() - died


def observer(cell: Cell, keys: Sequence[str], entrance: str, plant: str = "") -> Callable[[Tell], None]:
    """The life of whoever asks while the owners of some keys sleep; nothing is looked into, for they may wake up."""

    async def look(tell: Tell) -> None:
        site = Site(cell, entrance)
        began = time.monotonic()
        found = await asyncio.gather(*[_until_final(site, key, seconds=HELD, died=began) for key in keys])
        stories = [Story(key, final, [], 0, stuck, doubted=False)
                   for key, (final, stuck) in zip(keys, found, strict=True)]  # fmt: skip
        await site.close()
        tell(json.dumps([story.written() for story in stories]).encode())

    return _life(look, plant)


def survivor(cell: Cell, died: dict[str, float], entrance: str, plant: str = "") -> Callable[[Tell], None]:
    """The life of whoever comes after the dead (each key with the time of the death), and what they find."""

    async def look(tell: Tell) -> None:
        site = Site(cell, entrance)
        stories = await asyncio.gather(*[_told(site, key, death) for key, death in died.items()])
        doubted = [story for story in stories if story.final is not None and story.final.problem == "outcome-unknown"]
        if doubted:
            await asyncio.to_thread(_reconcile, cell, {story.key for story in doubted})
        await asyncio.gather(*[_retold(site, story) for story in stories])
        while cell.is_transactional and await site.waiting():
            await site.deliver()
            await asyncio.sleep(_PAUSE)
        await site.close()
        tell(json.dumps([story.written() for story in stories]).encode())

    return _life(look, plant)


def _life(look: Callable[[Tell], object], plant: str) -> Callable[[Tell], None]:
    def life(tell: Tell) -> None:
        with ExitStack() as stack:
            begin(plant, stack)
            asyncio.run(look(tell))  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]

    return life


async def _told(site: Site, key: str, death: float) -> Story:
    final, stuck = await _until_final(site, key, seconds=PATIENCE, died=death)
    return Story(key, final, [], 0, stuck, final is not None and final.problem == "outcome-unknown")


async def _retold(site: Site, story: Story) -> None:
    """Ask on until it is done, twice more for its replay, and once with something else under the key."""
    if story.doubted:
        story.final, _ = await _until_final(site, story.key, seconds=PATIENCE, died=time.monotonic())
    if story.final is None:
        return
    story.replays = [await asked(site, Order(story.key)) for _ in range(2)]
    story.mismatch = (await asked(site, Order(story.key, payload="coffee"))).status


def _reconcile(cell: Cell, keys: set[str]) -> None:
    """End the doubts about these keys by what stands in the business rows."""
    rows: dict[str, str] = dict(cell.rows("SELECT key, nonce FROM effect"))

    def look(doubt: Doubt) -> Response | Outcome:
        key = doubt.granted.key.key
        if key not in keys:
            return Outcome.STILL_UNKNOWN
        return answered(key, rows[key]) if key in rows else Outcome.NOTHING_HAPPENED

    ledger = open_ledger(cell.ledger_url)
    limit = time.monotonic() + PATIENCE
    ended = 0
    while ended < len(keys) and time.monotonic() < limit:
        try:
            ended += Reconciler(ledger, look, grace=0.0).reconcile()
        except StoreError:
            time.sleep(_PAUSE)
    ledger.close()


def open_claims(cell: Cell) -> list[str]:
    """The keys of the ledger whose outcome is unknown."""
    if cell.is_transactional:
        return [key for (key,) in cell.rows("SELECT key FROM seeother_action WHERE state <> 2")]
    ledger = open_ledger(cell.ledger_url)
    found = [doubt.granted.key.key for doubt in ledger.unknown(1000)]
    ledger.close()
    return found
