# SPDX-License-Identifier: Apache-2.0
"""A claim as a row of SQLite: the table, the statements on it, and a row's meaning.

Whoever writes a ledger's row in a transaction of their own uses these. Each statement takes the time `now` (seconds
since the Unix epoch) from outside, and changes nothing when the claim is no longer the caller's.
"""

import json
from dataclasses import astuple, dataclass
from typing import Any

from seeother.message import Response
from seeother.policy import Finished, Granted, LedgerKey, Mismatch, Running, Unknown, Verdict

from .port import retry_after

RUNNING, UNKNOWN, FINISHED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Statements:
    """The SQL for one table; its parameters are named, and the functions `of_...` below make them."""

    table: str
    by_expiry: str
    by_age: str  # new in schema 2
    find: str
    free: str
    free_unknown: str
    take: str
    renew: str
    settle: str
    abandon: str
    release: str
    unknown: str
    clear: str
    purge: str


# The token is the row's id: AUTOINCREMENT never gives one twice, which is what fences a stale owner off.
_TABLE = """
CREATE TABLE {name} (
    token INTEGER PRIMARY KEY AUTOINCREMENT,
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    state INTEGER NOT NULL,      -- 0 running, 1 declared unknown, 2 finished
    since REAL NOT NULL,         -- seconds since the Unix epoch, like all times here
    lease_until REAL NOT NULL,
    expires REAL NOT NULL,       -- the key is free from here on
    status INTEGER,              -- these three: the answer, once finished
    fields TEXT,                 -- JSON [[name, value], ...], a character a byte (ISO 8859-1)
    content BLOB,
    UNIQUE (scope, key)
)
"""
_TEMPLATES = Statements(
    table=_TABLE,
    by_expiry="CREATE INDEX {name}_expires ON {name} (expires)",
    by_age="CREATE INDEX {name}_open ON {name} (since) WHERE state <> 2",
    find="""
SELECT fingerprint, state, since, lease_until, status, fields, content
FROM {name} WHERE scope = :scope AND key = :key AND expires > :now
""",
    free="DELETE FROM {name} WHERE scope = :scope AND key = :key AND expires <= :now",
    free_unknown="""
DELETE FROM {name} WHERE scope = :scope AND key = :key AND fingerprint = :fingerprint
AND (state = 1 OR state = 0 AND lease_until <= :now)
""",
    take="""
INSERT OR IGNORE INTO {name} (scope, key, fingerprint, state, since, lease_until, expires)
VALUES (:scope, :key, :fingerprint, 0, :now, :lease_until, :expires)
""",
    renew="""
UPDATE {name} SET lease_until = :lease_until, expires = :expires
WHERE token = :token AND scope = :scope AND key = :key AND state = 0 AND expires > :now
""",
    settle="""
UPDATE {name} SET state = 2, expires = :expires, status = :status, fields = :fields, content = :content
WHERE token = :token AND scope = :scope AND key = :key AND state <> 2 AND expires > :now
""",
    abandon="""
UPDATE {name} SET state = 1, expires = :expires
WHERE token = :token AND scope = :scope AND key = :key AND state = 0 AND expires > :now
""",
    release="""
DELETE FROM {name} WHERE token = :token AND scope = :scope AND key = :key AND state = 0 AND expires > :now
""",
    unknown="""
SELECT token, scope, key, since FROM {name}
WHERE state <> 2 AND (state = 1 OR lease_until <= :now) AND expires > :now AND since <= :until AND token > :after
ORDER BY +token LIMIT :most
""",
    clear="""
DELETE FROM {name} WHERE token = :token AND scope = :scope AND key = :key AND expires > :now
AND (state = 1 OR state = 0 AND lease_until <= :now)
""",
    purge="""
DELETE FROM {name} WHERE token IN (SELECT token FROM {name} WHERE expires <= :now ORDER BY expires LIMIT :most)
""",
)


def statements(name: str = "claim") -> Statements:
    """The SQL for a table of this name, which is ours and no user's."""
    return Statements(*[template.format(name=name) for template in astuple(_TEMPLATES)])


def of_key(key: LedgerKey, now: float) -> dict[str, Any]:
    """The parameters of `find` and `free`."""
    return {"scope": key.scope, "key": key.key, "now": now}


def of_claim(key: LedgerKey, fingerprint: bytes, now: float, *, lease: float, keep_unknown: float) -> dict[str, Any]:
    """The parameters of `take` and `free_unknown`."""
    until = now + lease
    return {
        "scope": key.scope,
        "key": key.key,
        "fingerprint": fingerprint,
        "now": now,
        "lease_until": until,
        "expires": until + keep_unknown,
    }


def of_granted(granted: Granted, now: float) -> dict[str, Any]:
    """The parameters of `release` and `clear`; the others that move a claim take some more."""
    return {"token": granted.token, "scope": granted.key.scope, "key": granted.key.key, "now": now}


def of_renewal(granted: Granted, now: float, *, lease: float, keep_unknown: float) -> dict[str, Any]:
    """The parameters of `renew`."""
    until = now + lease
    return of_granted(granted, now) | {"lease_until": until, "expires": until + keep_unknown}


def of_answer(granted: Granted, now: float, *, answer: Response, keep: float) -> dict[str, Any]:
    """The parameters of `settle`."""
    fields = json.dumps([[name.decode("latin-1"), value.decode("latin-1")] for name, value in answer.fields])
    return of_granted(granted, now) | {
        "expires": now + keep,
        "status": answer.status,
        "fields": fields,
        "content": answer.content,
    }


def of_doubt(granted: Granted, now: float, *, keep_unknown: float) -> dict[str, Any]:
    """The parameters of `abandon`."""
    return of_granted(granted, now) | {"expires": now + keep_unknown}


def standing(row: tuple[Any, ...], fingerprint: bytes, now: float) -> Verdict:
    """How a key stands of which `find` found this row."""
    theirs, state, since, lease_until, status, fields, content = row
    if theirs != fingerprint:
        return Mismatch()
    if state == FINISHED:
        pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in json.loads(fields)]
        return Finished(Response(status, tuple(pairs), content))
    if state == RUNNING and now < lease_until:
        return Running(retry_after(now - since, lease_until - now))
    return Unknown()
