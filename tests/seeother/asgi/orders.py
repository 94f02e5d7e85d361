# SPDX-License-Identifier: Apache-2.0
"""A shop that makes orders, to be guarded."""

import asyncio
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from seeother.asgi import Guard
from tests.seeother.asgi.conftest import settings

KEY = {"idempotency-key": '"k-1"'}


class Orders:
    """An application that counts its orders; `gate` holds them back, `entered` tells that one is under way."""

    def __init__(self, answer: Callable[[int], Response | Exception] | None = None) -> None:
        """Answer 303, or what `answer` makes of the order's number."""
        self.made = 0
        self.answer = answer
        self.gate = asyncio.Event()
        self.gate.set()
        self.entered = asyncio.Event()

    async def order(self, request: Request) -> Response:
        """Make an order."""
        self.made += 1
        number = self.made
        await request.body()
        self.entered.set()
        await self.gate.wait()
        if self.answer is not None:
            answer = self.answer(number)
            if isinstance(answer, Exception):
                raise answer
            return answer
        return Response(status_code=303, headers={"location": f"/orders/{number}"})

    def guarded(self, **route: object) -> Guard:
        """The application behind a guard whose route says what `route` says."""
        app = Starlette(routes=[Route("/orders", self.order, methods=["POST"])])
        declared = {"match": "POST /orders", "idempotency": "required", "principal": "shared", "in_flight": "wait",
                    "dialogue": [422], **route}  # fmt: skip
        return Guard(app, settings(route=[declared]))
