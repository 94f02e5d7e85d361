# SPDX-License-Identifier: Apache-2.0
"""Every ledger against a small model of one, under random histories and a clock that jumps ahead."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from seeother.ledger import Ledger, MemoryLedger, open_ledger
from seeother.message import Response
from seeother.policy import Finished, Granted, LedgerKey, Mismatch, Running, Unknown
from tests.clock import FakeClock

from .conftest import ADDRESSES, SERVERS

KEEP_UNKNOWN = 50.0
PRINTS = st.sampled_from([b"x", b"y"])
KEYS = [LedgerKey(scope, key) for scope in ("a", "b") for key in ("1", "2")]
SECONDS = st.sampled_from([0.0, 0.25, 1.0, 5.0, 20.0, 100.0])
FIELDS = st.lists(st.tuples(st.binary(max_size=4), st.binary(max_size=4)), max_size=3).map(tuple)
ANSWERS = st.builds(Response, st.integers(200, 599), FIELDS, st.binary(max_size=8))


@dataclass
class Known:
    """What the model holds of one key."""

    token: int
    fingerprint: bytes
    since: float
    lease_until: float
    expires: float
    abandoned: bool = False
    answer: Response | None = None


class LedgerMachine(RuleBasedStateMachine):
    """Does the same to a ledger and to a dict, and compares what they say."""

    claims = Bundle("claims")
    kind = ""

    def __init__(self, url: str = "") -> None:
        """Open an empty ledger: a server's at `url`, else of its kind."""
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.clock = FakeClock()
        url = url or ADDRESSES[self.kind](Path(self._folder.name))
        self.ledger: Ledger = open_ledger(url, clock=self.clock, keep_unknown=KEEP_UNKNOWN)
        self.model: dict[LedgerKey, Known] = {}
        self.highest = 0

    def teardown(self) -> None:
        """Close the ledger, remove its file."""
        self.ledger.close()
        self._folder.cleanup()

    def known(self, key: LedgerKey) -> Known | None:
        """What is known of the key now."""
        found = self.model.get(key)
        return found if found is not None and self.clock.now < found.expires else None

    def owned(self, claim: Granted) -> Known | None:
        """The entry that the claim may still move."""
        found = self.known(claim.key)
        return found if found is not None and found.token == claim.token and found.answer is None else None

    def is_unknown(self, found: Known) -> bool:
        """Whether nobody knows how it ended."""
        return found.answer is None and (found.abandoned or self.clock.now >= found.lease_until)

    @rule(
        target=claims,
        key=st.sampled_from(KEYS),
        print_=PRINTS,
        lease=SECONDS,
        rerun=st.booleans(),
    )
    def claim(self, key: LedgerKey, print_: bytes, lease: float, *, rerun: bool) -> Granted | MultipleResults[Granted]:
        """Claim a key; what is granted goes into the bundle."""
        found, now = self.known(key), self.clock.now
        verdict = self.ledger.claim(key, print_, lease, rerun=rerun)

        free = found is None
        if found is not None:
            unknown = self.is_unknown(found)
            if found.fingerprint != print_:
                assert verdict == Mismatch()
            elif found.answer is not None:
                assert verdict == Finished(found.answer)
            elif unknown and rerun:
                free = True
            elif unknown:
                assert verdict == Unknown()
            else:
                assert isinstance(verdict, Running)
                assert 1.0 <= verdict.retry_after <= max(1.0, found.lease_until - now)
        if not free:
            return multiple()
        assert isinstance(verdict, Granted)
        assert verdict.token > self.highest
        self.highest = verdict.token
        self.model[key] = Known(verdict.token, print_, now, now + lease, now + lease + KEEP_UNKNOWN)
        return verdict

    @rule(claim=claims, lease=SECONDS)
    def renew(self, claim: Granted, lease: float) -> None:
        """Renew some claim of the past."""
        found = self.owned(claim)
        may = found is not None and not found.abandoned

        assert self.ledger.renew(claim, lease) == may
        if found is not None and may:
            found.lease_until = self.clock.now + lease
            found.expires = found.lease_until + KEEP_UNKNOWN

    @rule(claim=claims)
    def clear(self, claim: Granted) -> None:
        """Clear some claim of the past."""
        found = self.owned(claim)
        may = found is not None and self.is_unknown(found)

        assert self.ledger.clear(claim) == may
        if may:
            del self.model[claim.key]

    @rule(most=st.integers(0, 5))
    def unknown(self, most: int) -> None:
        """Look for unknown outcomes."""
        doubts = {Granted(key, found.token): found.since for key, found in self.model.items()
                  if self.known(key) is found and self.is_unknown(found)}  # fmt: skip

        said = self.ledger.unknown(most)

        assert {doubt.granted for doubt in said} <= doubts.keys()
        assert [doubt.since for doubt in said] == pytest.approx(sorted(doubts.values())[:most], abs=0.01)

    @rule(claim=claims, answer=ANSWERS, keep=SECONDS)
    def settle(self, claim: Granted, answer: Response, keep: float) -> None:
        """Settle some claim of the past."""
        found = self.owned(claim)

        assert self.ledger.settle(claim, answer, keep) == (found is not None)
        if found is not None:
            found.answer, found.expires = answer, self.clock.now + keep

    @rule(claim=claims)
    def release(self, claim: Granted) -> None:
        """Release some claim of the past."""
        found = self.owned(claim)
        may = found is not None and not found.abandoned

        assert self.ledger.release(claim) == may
        if may:
            del self.model[claim.key]

    @rule(claim=claims)
    def abandon(self, claim: Granted) -> None:
        """Abandon some claim of the past."""
        found = self.owned(claim)
        may = found is not None and not found.abandoned

        assert self.ledger.abandon(claim) == may
        if found is not None and may:
            found.abandoned, found.expires = True, self.clock.now + KEEP_UNKNOWN

    @rule()
    def purge(self) -> None:
        """Purging changes nothing that can be seen, and forgets at most what has had its time."""
        past = [key for key in self.model if self.known(key) is None]

        assert self.ledger.purge() <= len(past)
        for key in past:
            del self.model[key]

    @rule(seconds=SECONDS)
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.clock.advance(seconds)

    @invariant()
    def nothing_is_held_for_ever(self) -> None:
        """A ledger in memory holds no key that the model has forgotten, after a purge."""
        if isinstance(self.ledger, MemoryLedger):
            self.ledger.purge()
            assert len(self.ledger) == sum(self.known(key) is not None for key in self.model)


class MemoryMachine(LedgerMachine):
    """The ledger in memory."""

    kind = "memory"


class SQLiteMachine(LedgerMachine):
    """The ledger in a SQLite file."""

    kind = "sqlite"


TestMemory = MemoryMachine.TestCase
TestMemory.settings = settings(max_examples=100, stateful_step_count=40)
TestSQLite = SQLiteMachine.TestCase
TestSQLite.settings = settings(max_examples=60, stateful_step_count=40)


@pytest.mark.parametrize("kind", sorted(SERVERS))
def test_server(kind: str, request: pytest.FixtureRequest) -> None:
    """The ledgers in servers."""
    fixture, named = SERVERS[kind]
    url = request.getfixturevalue(fixture).url

    class ServerMachine(LedgerMachine):
        def __init__(self) -> None:
            super().__init__(named(url))

    run_state_machine_as_test(ServerMachine, settings=settings(max_examples=60, stateful_step_count=40))
