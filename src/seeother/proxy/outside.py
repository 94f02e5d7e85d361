# SPDX-License-Identifier: Apache-2.0
"""What a guard in front of an application cannot do, and therefore does not begin with."""

from seeother.errors import SettingsError
from seeother.settings import Settings


def check_outside(settings: Settings) -> None:
    """Refuse what only a guard inside the application does: whoever asked for it would go without. A SettingsError."""
    if not settings.upstreams:
        raise SettingsError("upstream", [], "say which server to guard: --upstream URL, or [[upstream]] with url")
    for index, route in enumerate(settings.routes):
        if route.transactional:
            cure = "is for a guard inside the application: from outside nobody can join its transaction; leave it out"
            raise SettingsError(f"route[{index}].transactional", value=True, cure=cure)
        if route.form_token:
            cure = "is for a guard inside the application, which puts the token into its forms; leave it out"
            raise SettingsError(f"route[{index}].form_token", value=True, cure=cure)
