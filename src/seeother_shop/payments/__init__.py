# SPDX-License-Identifier: Apache-2.0
"""The payment provider: another company, on another site, that never learns on which journey a person is."""

from .app import create_app
from .cards import TEST_CARDS
from .charging import EVENT
from .courier import Courier
from .tables import Charge, Delivery, Payment, Session, Stage, Tables

__all__ = [
    "EVENT",
    "TEST_CARDS",
    "Charge",
    "Courier",
    "Delivery",
    "Payment",
    "Session",
    "Stage",
    "Tables",
    "create_app",
]
