# SPDX-License-Identifier: Apache-2.0
"""How a service of the shop becomes a process: arguments, secrets, sockets, signals, exit codes.

Exit codes: 0 ended by SIGTERM or SIGINT, 2 wrong arguments or settings, 3 port taken or database unusable.
"""

from .arguments import fault_schedule, ledger_url, service_arguments
from .credentials import API_KEY, DATABASE, SITE_SECRET, WEBHOOK_SECRET, credential, fresh_secrets
from .listen import PortTakenError, listen
from .run import Listening, guard_environment, run

__all__ = [
    "API_KEY",
    "DATABASE",
    "SITE_SECRET",
    "WEBHOOK_SECRET",
    "Listening",
    "PortTakenError",
    "credential",
    "fault_schedule",
    "fresh_secrets",
    "guard_environment",
    "ledger_url",
    "listen",
    "run",
    "service_arguments",
]
