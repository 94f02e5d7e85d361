# SPDX-License-Identifier: Apache-2.0
"""What the provider's routes work with."""

import hmac
import random
import threading
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from seeother.clock import Clock
from seeother_shop.database import Database
from seeother_shop.page import Assets, Pages
from seeother_shop.recurring import Recurring

from .courier import Courier


@dataclass(frozen=True, slots=True)
class Provider:
    """One running provider."""

    database: Database
    origin: str
    api_key: str
    courier: Courier
    rounds: Recurring
    pages: Pages
    assets: Assets
    chance: random.Random
    clock: Clock
    chance_lock: threading.Lock = field(default_factory=threading.Lock)


def _provider(request: Request) -> Provider:
    found: Provider = request.app.state.provider
    return found


Here = Annotated[Provider, Depends(_provider)]


def _merchant(request: Request, provider: Here) -> None:
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {provider.api_key}".encode()):
        raise HTTPException(401, "show a valid API key", {"WWW-Authenticate": "Bearer"})


Merchant = Depends(_merchant)
