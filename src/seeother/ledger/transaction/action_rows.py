# SPDX-License-Identifier: Apache-2.0
"""An action as a row beside the business rows: the table, and how a claim is taken and settled in their transaction.

    taken ── settled ──> committed with its answer ── its time is up ──> free
      └───── anything else: the transaction is rolled back, and there was no row

No lease is needed, nor a token: whoever dies loses the transaction, and with it the row and all that it has written. A
row that was committed without its answer (the application committed too early, or the answer was too long to be kept)
is unknown: the action has happened and cannot be answered for.

A row whose time is up stays for a month without its answer: who uses its key again does something new, and the keys
that are derived from it for others must not be those of the time before.

SQLite has one writer at a time, so whoever has written the row first is alone. PostgreSQL would let a duplicate wait
in the middle of its handler for as long as the first one takes; a lock that is only tried (`pg_try_advisory_xact_lock`)
tells at once, and goes with the transaction. A transaction that says nothing for the length of a lease is ended by the
server, so that a machine that has vanished holds no key either. Whether it is still the same transaction when the
answer is there, SQLite tells by a savepoint, PostgreSQL by the transaction's number.
"""

import json
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from typing import Any

from seeother.message import Response
from seeother.policy import Claim, Finished, LedgerKey, Mismatch, Running, Unknown, Verdict

from .dialect import Dialect
from .joined import Rows, Run, Script

KEEP_UNKNOWN_SECONDS = 24 * 3600.0
REST_SECONDS = 31 * 24 * 3600.0  # the longest that a provider remembers a key derived from this one (Adyen's)
BUSY_SECONDS = 0.5  # a transaction that is in the way is mostly gone by then
_UNKNOWN, _FINISHED = 1, 2
_PURGE_ROWS = 100
_PURGE_EVERY = 64  # claims; each looks at more rows than come meanwhile
_TAKES = count(1)

_TABLE = """
CREATE TABLE IF NOT EXISTS seeother_action (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint {blob} NOT NULL,
    round INTEGER NOT NULL,               -- how often the key was free again, for another action each time
    state SMALLINT NOT NULL,              -- 1 happened, its answer was not kept; 2 happened, and this was the answer
    expires DOUBLE PRECISION NOT NULL,    -- seconds since the Unix epoch; the key is free from here on
    status SMALLINT,
    fields TEXT,                          -- JSON [[name, value], ...], a character a byte (ISO 8859-1)
    content {blob},
    PRIMARY KEY (scope, key)
)
"""
_BY_EXPIRY = "CREATE INDEX IF NOT EXISTS seeother_action_expires ON seeother_action (expires)"
_WITH_ANSWER = """
CREATE INDEX IF NOT EXISTS seeother_action_answered ON seeother_action (expires) WHERE content IS NOT NULL
"""
_TAKEN = """
ON CONFLICT (scope, key) DO UPDATE SET fingerprint = excluded.fingerprint, round = seeother_action.round + 1, state = 1,
expires = excluded.expires, status = NULL, fields = NULL, content = NULL
WHERE seeother_action.expires <= {now}
"""
_TAKE = {
    Dialect.SQLITE: """
INSERT INTO seeother_action (scope, key, fingerprint, round, state, expires)
VALUES (:scope, :key, :fingerprint, 0, 1, {now} + :keep)
"""
    + _TAKEN
    + "RETURNING 'seeother_once', round",
    Dialect.POSTGRESQL: """
WITH door AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(CAST(:door AS bigint)) AS is_open,
    CASE current_setting('idle_in_transaction_session_timeout') WHEN '0'
    THEN set_config('idle_in_transaction_session_timeout', CAST(:lease AS text), true) END AS bound
)
INSERT INTO seeother_action (scope, key, fingerprint, round, state, expires)
SELECT CAST(:scope AS text), CAST(:key AS text), CAST(:fingerprint AS bytea), 0, 1,
{now} + CAST(:keep AS double precision)
FROM door WHERE is_open
"""
    + _TAKEN
    + "RETURNING CAST(pg_current_xact_id() AS text), round",
}
_FIND = """
SELECT fingerprint, state, status, fields, content FROM seeother_action
WHERE scope = CAST(:scope AS text) AND key = CAST(:key AS text) AND expires > {now}
"""
_SETTLE = """
UPDATE seeother_action SET state = CAST(:state AS smallint), status = CAST(:status AS smallint),
expires = {now} + CAST(:keep AS double precision), fields = CAST(:fields AS text), content = CAST(:content AS {blob})
WHERE scope = CAST(:scope AS text) AND key = CAST(:key AS text) AND state = 1
"""
_SAME = "CAST(pg_current_xact_id_if_assigned() AS text) = CAST(:mark AS text)"
_STRIP = """
UPDATE seeother_action SET fields = NULL, content = NULL WHERE (scope, key) IN
(SELECT scope, key FROM seeother_action WHERE expires <= {now} AND content IS NOT NULL
 LIMIT CAST(:most AS integer) {skip}) RETURNING 1
"""
_PURGE = """
DELETE FROM seeother_action WHERE (scope, key) IN
(SELECT scope, key FROM seeother_action WHERE expires <= {now} - CAST(:rest AS double precision)
 LIMIT CAST(:most AS integer) {skip}) RETURNING 1
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """The key is ours in the transaction that `mark` tells from others; it was free again `round` times before."""

    mark: str
    round: int


def action_tables(dialect: Dialect) -> tuple[str, ...]:
    """The statements that make the table; they may be run again."""
    return dialect.spelt(_TABLE), _BY_EXPIRY, _WITH_ANSWER


def take(dialect: Dialect, claim: Claim, now: float) -> Script[Taken | Verdict]:
    """Take the key in the transaction under way, or say how it stands."""
    key = claim.key
    values = {"scope": key.scope, "key": key.key, "fingerprint": claim.fingerprint, "keep": KEEP_UNKNOWN_SECONDS,
              "door": _door(key), "lease": f"{claim.lease * 1000:.0f}", "now": now}  # fmt: skip
    taken = yield Run(dialect.spelt(_TAKE[dialect]), values)
    if taken:
        if next(_TAKES) % _PURGE_EVERY == 0:
            yield from purge(dialect, now)
        ours = Taken(*taken[0])
        if dialect is Dialect.SQLITE:
            yield Run(f"SAVEPOINT {ours.mark}")
        return ours
    return _standing((yield Run(dialect.spelt(_FIND), values)), claim.fingerprint)


def settle(
    dialect: Dialect, key: LedgerKey, *, mark: str, answer: Response | None, keep: float, now: float
) -> Script[bool]:
    """Write the answer into our row, or that there is none to keep; False when it is not our transaction any more."""
    values: dict[str, Any] = {"scope": key.scope, "key": key.key, "state": _UNKNOWN, "keep": KEEP_UNKNOWN_SECONDS,
                              "status": None, "fields": None, "content": None, "mark": mark, "now": now}  # fmt: skip
    if answer is not None:
        values |= {"state": _FINISHED, "keep": keep, "status": answer.status, "content": answer.content,
                   "fields": _written(answer)}  # fmt: skip
    statement = dialect.spelt(_SETTLE)
    if dialect is Dialect.POSTGRESQL:
        statement += f"AND {_SAME} "
    elif not (yield from is_ours(dialect, mark)):
        return False
    return bool((yield Run(f"{statement} RETURNING 1", values)))


def is_ours(dialect: Dialect, mark: str) -> Script[bool]:
    """Whether the transaction under way is still the one in which the key was taken."""
    if dialect is Dialect.POSTGRESQL:
        return bool((yield Run(f"SELECT 1 WHERE {_SAME}", {"mark": mark})))
    try:
        yield Run(f"RELEASE {mark}")
    except Exception:  # noqa: BLE001 - each library has its own "no such savepoint", and none of them does harm
        return False
    return True


def purge(dialect: Dialect, now: float) -> Script[int]:
    """Forget some of the answers that have had their time, and of the keys long after; returns how many of both."""
    values = {"now": now, "most": _PURGE_ROWS, "rest": REST_SECONDS}
    stripped = yield Run(dialect.spelt(_STRIP), values)
    return len(stripped) + len((yield Run(dialect.spelt(_PURGE), values)))


def _door(key: LedgerKey) -> int:
    """The number of the key's lock; two keys of one number would only wait for each other."""
    return int.from_bytes(sha256(f"{key.scope}\0{key.key}".encode()).digest()[:8], signed=True)


def _standing(rows: Rows, fingerprint: bytes) -> Verdict:
    """How a key stands that could not be taken; where there is no row yet, its owner is at work."""
    if not rows:
        return Running(BUSY_SECONDS)
    theirs, state, status, fields, content = rows[0]
    if bytes(theirs) != fingerprint:
        return Mismatch()
    if state != _FINISHED:
        return Unknown()
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in json.loads(fields)]
    return Finished(Response(status, tuple(pairs), bytes(content)))


def _written(answer: Response) -> str:
    return json.dumps([[name.decode("latin-1"), value.decode("latin-1")] for name, value in answer.fields])
