# SPDX-License-Identifier: Apache-2.0
"""A message to somebody else as a row beside the business rows: the table, and the statements on it.

    waiting ── lent to a runner ──> delivered ── its time is up ──> gone
       ^             │  └── it failed for the last time ──> dead ── revived ──┐
       └─ it failed, or the runner has vanished ───────────────────────────<──┘

A row is lent for a time: who fails to say in it what became of the message loses it to the next runner, so that a
message goes out at least once, each time with the same key.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .dialect import Dialect
from .joined import Rows, Run, Script

WAITING, DELIVERED, DEAD = 0, 1, 2
_ERROR_LENGTH = 500  # characters that are kept of what went wrong

_TABLE = """
CREATE TABLE IF NOT EXISTS seeother_outbox (
    id {identity},
    key TEXT NOT NULL,                    -- by which the receiver tells this message from another
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,                -- JSON
    carrier TEXT NOT NULL,                -- JSON: the exchange that it was written in
    state SMALLINT NOT NULL,              -- 0 waiting, 1 delivered, 2 dead
    due DOUBLE PRECISION NOT NULL,        -- seconds since the Unix epoch: when to try next, when delivered to forget it
    attempts INTEGER NOT NULL,
    error TEXT                            -- why the last attempt failed
)
"""
_BY_TIME = "CREATE INDEX IF NOT EXISTS seeother_outbox_due ON seeother_outbox (state, due)"
_ADD = """
INSERT INTO seeother_outbox (key, kind, payload, carrier, state, due, attempts)
VALUES (:key, :kind, :payload, :carrier, 0, {now}, 0)
"""
_BORROW = """
UPDATE seeother_outbox SET due = {now} + CAST(:lease AS double precision), attempts = attempts + 1
WHERE id IN (SELECT id FROM seeother_outbox WHERE state = 0 AND due <= {now}
             ORDER BY due, id LIMIT CAST(:most AS integer) {skip})
RETURNING id, key, kind, payload, carrier, attempts, error
"""
_END = """
UPDATE seeother_outbox SET state = CAST(:state AS smallint), due = {now} + CAST(:wait AS double precision),
error = CAST(:error AS text)
WHERE id = CAST(:id AS bigint) AND state = 0 AND attempts = CAST(:attempts AS integer)
RETURNING 1
"""
_LIST = """
SELECT id, key, kind, payload, carrier, attempts, error FROM seeother_outbox
WHERE state = CAST(:state AS smallint) ORDER BY id LIMIT CAST(:most AS integer)
"""
_REVIVE = """
UPDATE seeother_outbox SET state = 0, due = {now}, attempts = 0 WHERE id = CAST(:id AS bigint) AND state = 2 RETURNING 1
"""
_PURGE = """
DELETE FROM seeother_outbox WHERE id IN
(SELECT id FROM seeother_outbox WHERE state = 1 AND due <= {now} LIMIT CAST(:most AS integer) {skip}) RETURNING 1
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message: `key` is for the receiver to know it again by, `carrier` for `seeother.telemetry.resume`."""

    id: int
    key: str
    kind: str
    payload: Any
    carrier: Mapping[str, str]
    attempts: int
    error: str | None = None


def outbox_tables(dialect: Dialect) -> tuple[str, ...]:
    """The statements that make the table; they may be run again."""
    return dialect.spelt(_TABLE), _BY_TIME


def add(dialect: Dialect, letter: Letter, now: float) -> Script[None]:
    """Write a message; it waits from now on, if the transaction is committed."""
    values = {"key": letter.key, "kind": letter.kind, "payload": json.dumps(letter.payload),
              "carrier": json.dumps(dict(letter.carrier)), "now": now}  # fmt: skip
    yield Run(dialect.spelt(_ADD), values)


def borrow(dialect: Dialect, most: int, *, lease: float, now: float) -> Script[list[Letter]]:
    """At most so many messages that are due, lent for `lease` seconds."""
    rows = yield Run(dialect.spelt(_BORROW), {"most": most, "lease": lease, "now": now})
    return sorted(_letters(rows), key=lambda letter: letter.id)


def end(
    dialect: Dialect, letter: Letter, *, state: int, wait: float, now: float, error: str | None = None
) -> Script[bool]:
    """Say what became of a borrowed message; False when it was lent to another meanwhile.

    `wait` is after how many seconds it is due again, or when delivered forgotten.
    """
    values = {"id": letter.id, "attempts": letter.attempts, "state": state, "wait": wait, "now": now,
              "error": error and error[:_ERROR_LENGTH].replace("\0", "")}  # fmt: skip
    return bool((yield Run(dialect.spelt(_END), values)))


def in_state(dialect: Dialect, state: int, most: int) -> Script[list[Letter]]:
    """At most so many messages in a state, oldest first."""
    return _letters((yield Run(dialect.spelt(_LIST), {"state": state, "most": most})))


def revive(dialect: Dialect, identifier: int, now: float) -> Script[bool]:
    """Let a dead message wait again; False when it is not dead."""
    return bool((yield Run(dialect.spelt(_REVIVE), {"id": identifier, "now": now})))


def purge(dialect: Dialect, most: int, now: float) -> Script[int]:
    """Forget some of what was delivered and has had its time; returns how many rows that were."""
    return len((yield Run(dialect.spelt(_PURGE), {"most": most, "now": now})))


def _letters(rows: Rows) -> list[Letter]:
    return [Letter(row[0], row[1], row[2], json.loads(row[3]), json.loads(row[4]), row[5], row[6]) for row in rows]
