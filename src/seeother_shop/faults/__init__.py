# SPDX-License-Identifier: Apache-2.0
"""What can be made to go wrong in the shop, and when.

Rules of this room: a fault really happens (a status sent, a connection cut); nothing pretends. New faults go into
`catalogue.py`.
"""

from .catalogue import FAULTS, Kind
from .cut import CuttingProtocol, LostAnswer
from .lapse import GatewayTimeout
from .schedule import Fault, Schedule, parse_fault

__all__ = [
    "FAULTS",
    "CuttingProtocol",
    "Fault",
    "GatewayTimeout",
    "Kind",
    "LostAnswer",
    "Schedule",
    "parse_fault",
]
