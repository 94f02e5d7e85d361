# SPDX-License-Identifier: Apache-2.0
"""What an application may ask about the exchange it is answering."""

from contextvars import ContextVar

from seeother.clock import Clock
from seeother.errors import CallerError
from seeother.journey import Seal
from seeother.telemetry import current

SEALING: ContextVar[tuple[Seal, Clock] | None] = ContextVar("seeother_sealing", default=None)


def return_token() -> str:
    """An opaque token for a return URL (`?seeother_return=…`) by which this journey is known when it comes back.

    Raises CallerError outside an exchange that belongs to a journey.
    """
    exchange = current()
    sealing = SEALING.get()
    if exchange is None or exchange.journey_id is None or sealing is None:
        message = "return_token() is for exchanges of a journey, with the guard around the application"
        raise CallerError(message)
    seal, clock = sealing
    return seal.to_return_token(exchange.journey_id, clock.time())
