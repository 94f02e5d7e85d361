# SPDX-License-Identifier: Apache-2.0
"""Taking turns on what is not there yet: a row that two transactions are about to make cannot be locked."""

from sqlalchemy import text
from sqlalchemy.orm import Session


def alone(session: Session, name: str) -> None:
    """Wait until no other transaction is under way that is alone with `name`; this one is, until its end.

    On SQLite whoever writes is alone with everything.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
