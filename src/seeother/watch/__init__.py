# SPDX-License-Identifier: Apache-2.0
"""Collects OpenTelemetry, keeps it in ClickHouse tables and answers questions about journeys.

    receive/    OTLP bytes in                          api/        answers out, as JSON
    warehouse/  schema, migrations, writer             dashboard/  the page, built from web/
    questions/  one question, one .sql file            app.py      all of it as one ASGI application

Rules of this room: one process owns a store and never forks; whatever touches the engine runs in a thread.
The engine is optional: `warehouse/chdb.py` is imported by path, and only by who opens a store.
"""

from .exposure import check_exposure

__all__ = ["check_exposure"]
