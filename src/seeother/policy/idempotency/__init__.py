# SPDX-License-Identifier: Apache-2.0
"""Actions that happen once: which action a request asks for, whose it is, and what its duplicates get.

Rules of this room: nobody is answered with a stranger's answer, and not with another action's; what is not known is
said to be unknown and never run again by itself; who waits is counted.
"""

from .desk import Desk
from .field import idempotency_field
from .key import FORM_FIELD
from .once import once, unguarded
from .principal import SESSION_COOKIES, STRANGER, Visitor

__all__ = ["FORM_FIELD", "SESSION_COOKIES", "STRANGER", "Desk", "Visitor", "idempotency_field", "once", "unguarded"]
