# SPDX-License-Identifier: Apache-2.0
"""A guard for the tests of an application that has none."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from seeother.settings import Mode, read_settings

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]


def strict(app: Application) -> Application:
    """The ASGI application `app`, judged by every rule and changed in nothing.

    What is found reaches `seeother_strict`, or the findings of a `collecting()` block. No settings are read; without
    routes and journeys, rules that need those stay silent.
    """
    from seeother.asgi import Guard  # noqa: PLC0415 - the plugin imports this room in runs that test no application

    return Guard(app, read_settings({"site": {"mode": Mode.OBSERVE.value}}, {}))
