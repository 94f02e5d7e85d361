# SPDX-License-Identifier: Apache-2.0
"""A guarded site with one transactional route, and what stands in its database."""

import sqlite3
from contextlib import closing
from typing import Any

import httpx2
from sqlalchemy import text

from seeother import asgi
from seeother.settings import Settings, read_settings

KEY = {"idempotency-key": "k-1"}
INSERT = text("INSERT INTO orders (note) VALUES ('tea')")


def count(shop: str, table: str = "orders") -> int:
    """How many rows there are, committed."""
    with closing(sqlite3.connect(shop)) as connection:
        found: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - ours
        return found


def settings(**route: object) -> Settings:
    """A site with one transactional route."""
    declared = {"match": "POST /orders", "idempotency": "required", "transactional": True, "principal": "shared"}
    return read_settings({"route": [declared | route]}, {})


async def post(app: Any, *, raising: bool = True, key: str = "k-1") -> httpx2.Response:  # noqa: ANN401 - an ASGI application
    """Order, at a guard that knows nothing of what others have answered."""
    transport = httpx2.ASGITransport(asgi.Guard(app, settings()), raise_app_exceptions=raising)
    async with httpx2.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        return await client.post("/orders", headers={"idempotency-key": key, "accept": "application/json"})
