# SPDX-License-Identifier: Apache-2.0
"""The guard with the servers that it stands before, made from one reading of the configuration."""

from seeother.asgi import Guard, Receive, Scope, Send
from seeother.gate import Door
from seeother.settings import Mode, Settings

from .application import Servers
from .outside import check_outside


class GuardHouse:
    """The guard around the servers; raises SettingsError where it cannot stand, StoreError without its ledger."""

    def __init__(self, settings: Settings) -> None:
        """Make it; nothing is connected yet."""
        check_outside(settings)
        site = settings.site
        acts = site.mode in {Mode.REPAIR, Mode.STRICT}  # else the guard asks nobody at the door
        self._servers = Servers(settings.upstreams, Door(site.trusted_proxies if acts else ()))
        self._guard = Guard(self._servers, settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._guard(scope, receive, send)

    async def aclose(self) -> None:
        """Let declared actions end, send what is recorded, close ledger and connections."""
        await self._guard.aclose()
        self._servers.close()
