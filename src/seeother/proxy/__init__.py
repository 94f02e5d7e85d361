# SPDX-License-Identifier: Apache-2.0
"""The guard in front of a shop in any language: a reverse proxy that drives the same policies.

    front.py        one reading of each request, the guard of the day      exchange.py    one exchange, streaming
    house.py        the guard around the servers behind                    connection.py  HTTP/1.1 to a server (h11)
    application.py  the servers behind as one ASGI application             pool.py        connections that are free

Rules of this room: the guard decides, nothing here does; what needs uvicorn is imported by path (`proxy/serve.py`).
"""

from .outside import check_outside
from .own_address import check_own_address

__all__ = ["check_outside", "check_own_address"]
