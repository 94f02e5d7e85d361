# SPDX-License-Identifier: Apache-2.0
"""A claim as a row of PostgreSQL: the table, the statements on it, and a row's meaning.

Whoever moves a claim in a transaction of their own uses these. Each statement goes by the server's clock, unless `now`
(seconds since the Unix epoch) is given, and answers one row. A statement that moves a claim answers whether it was the
caller's. Made `again`, because the connection was lost before its answer was read, it knows by the call's nonce what it
did the first time; where it then answers false and others have moved the row since, nobody can tell.
"""

import os
from hashlib import sha256
from typing import Any

from seeother.message import Response
from seeother.policy import Doubt, Finished, Granted, LedgerKey, Mismatch, Running, Unknown, Verdict

from .packing import packed, unpacked
from .port import retry_after

SCHEMA_VERSION = 1
PURGE_ROWS = 500  # in one transaction
RUNNING, UNKNOWN, FINISHED, FREED = 0, 1, 2, 3

Row = tuple[Any, ...]

# Made under a lock, so that of many processes that start at once one makes them.
LOCK = "SELECT pg_advisory_xact_lock(1399157103, 1)"  # 0x5365656F, "Seeo"
FIND_SCHEMA = "SELECT to_regclass('seeother_ledger') IS NOT NULL"
FIND_VERSION = "SELECT version FROM seeother_ledger"
# The id is a digest, because an index takes no long keys. Keys are bytes, because text takes no NUL.
SCHEMA = """
CREATE TABLE seeother_ledger (version integer NOT NULL);
INSERT INTO seeother_ledger VALUES (1);
CREATE SEQUENCE seeother_claim_token;
CREATE TABLE seeother_claim (
    id bytea PRIMARY KEY,
    scope bytea NOT NULL,
    key bytea NOT NULL,
    token bigint NOT NULL,
    fingerprint bytea NOT NULL,
    nonce bytea NOT NULL,                -- of the last call that moved it
    state smallint NOT NULL,             -- 0 running, 1 declared unknown, 2 finished, 3 freed
    since double precision NOT NULL,     -- seconds since the Unix epoch, like all times here
    lease_until double precision NOT NULL,
    expires double precision NOT NULL,   -- the key is free from here on
    answer bytea                         -- once finished
);
ALTER TABLE seeother_claim ALTER answer SET STORAGE EXTERNAL;   -- what is sent compressed is not compressed again
CREATE INDEX seeother_claim_expires ON seeother_claim (expires);
CREATE INDEX seeother_claim_open ON seeother_claim (since) WHERE state < 2;
"""

_CLOCK = "clock AS (SELECT coalesce(%(now)s::float8, extract(epoch FROM clock_timestamp())::float8) AS now)"
_IS_UNKNOWN = "(held.state = 1 OR held.state = 0 AND held.lease_until <= clock.now)"
_OWN = "held.id = %(id)s AND held.token = %(token)s AND held.expires > clock.now"

# A key that is not free is only read: a replay writes nothing, and waits for nobody who is writing. Two who insert at
# once meet at the primary key; the second then neither takes nor finds anything, and asks again. A number drawn before
# the row is ours may be lower than that of an owner who came and went meanwhile: so it is drawn when the row is locked,
# and a freed key keeps its row for a while.
CLAIM = f"""
WITH {_CLOCK},
found AS (
    SELECT held.* FROM seeother_claim held, clock
    WHERE held.id = %(id)s AND held.expires > clock.now AND held.state <> 3
),
taken AS (
    INSERT INTO seeother_claim AS held
        (id, scope, key, token, fingerprint, nonce, state, since, lease_until, expires)
    SELECT %(id)s, %(scope)s, %(key)s, nextval('seeother_claim_token'), %(fingerprint)s, %(nonce)s, 0, clock.now,
        clock.now + %(lease)s::float8, clock.now + %(lease)s::float8 + %(keep_unknown)s::float8
    FROM clock
    WHERE clock.now <= coalesce(%(not_after)s::float8, clock.now) AND NOT EXISTS (
        SELECT FROM found held
        WHERE NOT (%(rerun)s AND held.fingerprint = %(fingerprint)s AND {_IS_UNKNOWN})
    )
    ON CONFLICT (id) DO UPDATE
    SET token = nextval('seeother_claim_token'), fingerprint = excluded.fingerprint, nonce = excluded.nonce,
        state = 0, since = excluded.since, lease_until = excluded.lease_until, expires = excluded.expires, answer = NULL
    WHERE held.state = 3 OR held.expires <= excluded.since
        OR %(rerun)s AND held.fingerprint = excluded.fingerprint
        AND (held.state = 1 OR held.state = 0 AND held.lease_until <= excluded.since)
    RETURNING token
)
SELECT clock.now, taken.token, found.token, found.fingerprint, found.nonce, found.state, found.since,
    found.lease_until, found.answer
FROM clock LEFT JOIN taken ON true LEFT JOIN found ON true
"""  # noqa: S608 - made of our own words
_MOVED = """
SELECT EXISTS (SELECT FROM moved)
    OR %(again)s AND EXISTS (SELECT FROM seeother_claim WHERE id = %(id)s AND nonce = %(nonce)s)
"""
RENEW = f"""
WITH {_CLOCK}, moved AS (
    UPDATE seeother_claim held SET nonce = %(nonce)s, lease_until = clock.now + %(lease)s::float8,
        expires = clock.now + %(lease)s::float8 + %(keep_unknown)s::float8
    FROM clock WHERE {_OWN} AND held.state = 0 RETURNING 1
)
{_MOVED}
"""  # noqa: S608 - as above
SETTLE = f"""
WITH {_CLOCK}, moved AS (
    UPDATE seeother_claim held
    SET nonce = %(nonce)s, state = 2, expires = clock.now + %(keep)s::float8, answer = %(answer)s
    FROM clock WHERE {_OWN} AND held.state < 2 RETURNING 1
)
{_MOVED}
"""  # noqa: S608 - as above
ABANDON = f"""
WITH {_CLOCK}, moved AS (
    UPDATE seeother_claim held SET nonce = %(nonce)s, state = 1, expires = clock.now + %(keep_unknown)s::float8
    FROM clock WHERE {_OWN} AND held.state = 0 RETURNING 1
)
{_MOVED}
"""  # noqa: S608 - as above
RELEASE = f"""
WITH {_CLOCK}, moved AS (
    UPDATE seeother_claim held SET nonce = %(nonce)s, state = 3, expires = clock.now
    FROM clock WHERE {_OWN} AND held.state = 0 RETURNING 1
)
{_MOVED}
"""  # noqa: S608 - as above
# Of a claim, by its own nonce, for its owner never heard of the token. It inserts a freed row where there is none, for
# so it waits for a commit that is under way. What was taken while its outcome was unknown is unknown again.
WITHDRAW = f"""
WITH {_CLOCK}, moved AS (
    INSERT INTO seeother_claim AS held
        (id, scope, key, token, fingerprint, nonce, state, since, lease_until, expires)
    SELECT %(id)s, %(scope)s, %(key)s, 0, %(fingerprint)s, %(nonce)s, 3, clock.now, clock.now, clock.now FROM clock
    ON CONFLICT (id) DO UPDATE SET
        state = CASE WHEN %(rerun)s THEN 1 ELSE 3 END,
        expires = excluded.expires + CASE WHEN %(rerun)s THEN %(keep_unknown)s::float8 ELSE 0 END
    WHERE held.nonce = excluded.nonce AND held.state = 0 AND held.expires > excluded.since
    RETURNING 1
)
SELECT EXISTS (SELECT FROM moved)
"""  # noqa: S608 - as above
CLEAR = f"""
WITH {_CLOCK}, moved AS (
    UPDATE seeother_claim held SET nonce = %(nonce)s, state = 3, expires = clock.now
    FROM clock WHERE {_OWN} AND {_IS_UNKNOWN} RETURNING 1
)
{_MOVED}
"""  # noqa: S608 - as above
DOUBTS = f"""
WITH {_CLOCK}
SELECT held.scope, held.key, held.token, held.since FROM seeother_claim held, clock
WHERE held.state < 2 AND {_IS_UNKNOWN} AND held.expires > clock.now AND held.since <= clock.now - %(grace)s::float8
    AND held.token > %(after)s
ORDER BY held.token LIMIT %(most)s
"""  # noqa: S608 - as above
PURGE = f"""
WITH {_CLOCK}, gone AS (
    DELETE FROM seeother_claim WHERE id IN (
        SELECT held.id FROM seeother_claim held, clock
        WHERE held.expires <= clock.now AND (held.state < 3 OR held.expires <= clock.now - 60)
        ORDER BY held.expires LIMIT {PURGE_ROWS} FOR UPDATE OF held SKIP LOCKED
    ) RETURNING state
)
SELECT count(*), count(*) FILTER (WHERE state < 3) FROM gone
"""  # noqa: S608 - as above


def of_key(key: LedgerKey) -> dict[str, Any]:
    """The parameters that tell which row."""
    scope = key.scope.encode(errors="surrogatepass")
    own = key.key.encode(errors="surrogatepass")
    return {"id": sha256(b"%d:%s%s" % (len(scope), scope, own)).digest(), "scope": scope, "key": own}


def of_claim(key: LedgerKey, fingerprint: bytes, *, lease: float, keep_unknown: float, rerun: bool) -> dict[str, Any]:
    """The parameters of CLAIM and WITHDRAW, but `now` and `not_after`, the moment when a claim comes too late."""
    return of_key(key) | {
        "fingerprint": fingerprint,
        "nonce": os.urandom(8),
        "lease": lease,
        "keep_unknown": keep_unknown,
        "rerun": rerun,
    }


def of_granted(granted: Granted, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever the statement takes
    """The parameters of RENEW (lease, keep_unknown), ABANDON (keep_unknown), RELEASE, CLEAR; but `now` and `again`."""
    return of_key(granted.key) | {"token": granted.token, "nonce": os.urandom(8)} | more


def of_answer(granted: Granted, answer: Response, keep: float) -> dict[str, Any]:
    """The parameters of SETTLE, but `now` and `again`."""
    return of_granted(granted, keep=keep, answer=packed(answer))


def is_decided(values: dict[str, Any], row: Row) -> bool:
    """Whether CLAIM granted the key or found who has it; else it is asked again, for somebody was faster."""
    now, taken, token, fingerprint, _, state, _, lease_until, _ = row
    if taken is not None or token is None:
        return taken is not None
    is_unknown = state == UNKNOWN or (state == RUNNING and lease_until <= now)
    return not (values["rerun"] and is_unknown and fingerprint == values["fingerprint"])


def is_granted(values: dict[str, Any], row: Row) -> bool:
    """Whether CLAIM took the key, now or when it was made before."""
    _, taken, _, _, nonce, state, _, _, _ = row
    return taken is not None or (values["again"] and state == RUNNING and nonce == values["nonce"])


def standing(key: LedgerKey, values: dict[str, Any], row: Row) -> Verdict:
    """What the row that CLAIM answered says, when it is decided."""
    now, taken, token, fingerprint, _, state, since, lease_until, answer = row
    if is_granted(values, row):
        return Granted(key, token if taken is None else taken)
    if fingerprint != values["fingerprint"]:
        return Mismatch()
    if state == FINISHED:
        return Finished(unpacked(answer))
    is_running = state == RUNNING and now < lease_until
    return Running(retry_after(now - since, lease_until - now)) if is_running else Unknown()


def doubt(row: Row) -> Doubt:
    """An unknown outcome, from a row of DOUBTS."""
    scope, key, token, since = row
    return Doubt(
        Granted(LedgerKey(scope.decode(errors="surrogatepass"), key.decode(errors="surrogatepass")), token), since
    )
