# SPDX-License-Identifier: Apache-2.0
"""The one document that a run ends with."""

from typing import Any

from seeother.errors import CallerError

from .look import Look

__all__ = ["document_of"]

OUTCOMES = ("started", "success", "abandoned", "error", "timeout", "in_progress")


def document_of(look: Look) -> dict[str, Any]:
    """What watch and the shop's books say, as `seeother demo --json` prints it."""
    picture, books = look.picture, look.books
    if books is None:
        raise CallerError("the last look at a run reads the books")
    return {
        "journeys": {outcome: picture.journeys.get(outcome, 0) for outcome in OUTCOMES},
        "orders": books.orders,
        "charges": books.charges,
        "duplicate_charges": books.duplicate_charges,
        "stock_conserved": books.stock_conserved,
        "spans": picture.stored.get("spans", 0),
        "findings": picture.stored.get("findings", 0),
        "matrix": picture.matrix,
        "urls": look.addresses.to_json(),
    }
