# SPDX-License-Identifier: Apache-2.0
"""Calls that our services make: one file a client library, imported by its path (`seeother.client.httpx2`).

Rules of this room: what a call does is decided in one flow (`call.py`), for awaiting and for blocking libraries alike;
a door only lends its hands, and says what its library's answers and errors mean.
"""

from .caller import Caller
from .key import new_key

__all__ = ["Caller", "new_key"]
