# SPDX-License-Identifier: Apache-2.0
"""Keeps a deadline: after so long without a first byte nobody is kept waiting.

Rules of this file:
- The time runs while the application is asked, not while content is read or a ledger is (DESIGN decision 1).
- An action goes on, for it may have been done half; anything else is cancelled.
- Where no deadline is set nothing of this is there. What streams has no deadline once it has begun.
"""

import asyncio

from seeother.errors import PeerError

from .drive import Application, Receive, Scope, Send
from .outgoing import Outgoing


class Overdue(PeerError):  # noqa: N818 - it says what happened
    """The application was cancelled at its deadline; whoever waited has an answer."""


def in_time(app: Application, outgoing: Outgoing, seconds: float, heard: asyncio.Future[None] | None) -> Application:
    """The application with a deadline; with `heard` it is an action, which goes on when whoever waits is let go."""

    async def timed(scope: Scope, receive: Receive, send: Send) -> None:
        running = asyncio.ensure_future(app(scope, receive, send))
        try:
            await asyncio.wait({running}, timeout=seconds)
            if not running.done() and await outgoing.overdue():
                if heard is None:
                    raise Overdue(f"the application gave no first byte within {seconds:g} s")
                if not heard.done():
                    heard.set_result(None)
            await running
        finally:
            if not running.done():
                running.cancel()
                await asyncio.wait({running})
                _ = running.cancelled() or running.exception()  # it was told to stop: how it did is nobody's error

    return timed
