# SPDX-License-Identifier: Apache-2.0
"""Moving a person on: redirects that are checked before a byte is sent, and pages parked where a reload finds them."""

from .hand_off import hand_off, redirect
from .parking import PARKED_PATH, is_parked, may_park, park, parked_path, parking_principal, unpark

__all__ = [
    "PARKED_PATH",
    "hand_off",
    "is_parked",
    "may_park",
    "park",
    "parked_path",
    "parking_principal",
    "redirect",
    "unpark",
]
