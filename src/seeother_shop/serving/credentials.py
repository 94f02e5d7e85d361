# SPDX-License-Identifier: Apache-2.0
"""The secrets of the shop; they come by the environment and never stand on a command line."""

import secrets
from base64 import b64encode
from collections.abc import Mapping

from seeother.errors import SettingsError

API_KEY = "SEEOTHER_SHOP_API_KEY"  # between storefront and provider
WEBHOOK_SECRET = "SEEOTHER_SHOP_WEBHOOK_SECRET"  # noqa: S105 - the variable's name, not its value
DATABASE = "SEEOTHER_SHOP_DATABASE"  # a service's database, for its address may hold a password
SITE_SECRET = "SEEOTHER_SECRET"  # noqa: S105 - as above

_LEAST = 16  # characters


def credential(environ: Mapping[str, str], name: str) -> str:
    """A secret that two processes must share; raises SettingsError when it is missing or too short."""
    value = environ.get(name, "")
    if len(value) < _LEAST:
        raise SettingsError(name, "…" if value else None, f"set this variable to at least {_LEAST} random characters")
    return value


def fresh_secrets() -> dict[str, str]:
    """New random secrets for one run, as variables for the environment of the three services."""
    return {
        API_KEY: "key_" + secrets.token_urlsafe(24),
        WEBHOOK_SECRET: "whsec_" + b64encode(secrets.token_bytes(32)).decode(),
        SITE_SECRET: secrets.token_urlsafe(32),
    }
