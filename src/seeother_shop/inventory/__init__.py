# SPDX-License-Identifier: Apache-2.0
"""The inventory: it reserves, sells and puts back, and never makes or loses a unit."""

from .app import Inventory, create_app
from .tables import Hold, Reservation, ReservationLine, Stock, Tables

__all__ = ["Hold", "Inventory", "Reservation", "ReservationLine", "Stock", "Tables", "create_app"]
