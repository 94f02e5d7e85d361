# SPDX-License-Identifier: Apache-2.0
"""The guard with the servers that it stands before, made from one reading of the configuration."""

from seeother.asgi import Guard, Receive, Scope, Send
from seeother.errors import SettingsError
from seeother.gate import Door
from seeother.settings import Mode, Settings

from .application import Servers


class GuardHouse:
    """The guard around the servers; raises SettingsError where it cannot stand, StoreError without its ledger."""

    def __init__(self, settings: Settings) -> None:
        """Make it; nothing is connected yet."""
        if not settings.upstreams:
            raise SettingsError("upstream", [], "say which server to guard: --upstream URL, or [[upstream]] with url")
        _refuse_inside_knowledge(settings)
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


def _refuse_inside_knowledge(settings: Settings) -> None:
    """What only an application can do is refused, for whoever asked for it would go without."""
    for index, route in enumerate(settings.routes):
        if route.transactional:
            cure = "is for a guard inside the application: from outside nobody can join its transaction; leave it out"
            raise SettingsError(f"route[{index}].transactional", value=True, cure=cure)
        if route.form_token:
            cure = "is for a guard inside the application, which puts the token into its forms; leave it out"
            raise SettingsError(f"route[{index}].form_token", value=True, cure=cure)
