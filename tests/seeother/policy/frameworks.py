# SPDX-License-Identifier: Apache-2.0
"""The error answers of real frameworks, as their own code makes them: nothing here is written down from memory."""

import base64
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Annotated, Any, cast

import flask
from fastapi import Cookie, Depends, FastAPI, Form, Header, HTTPException
from fastapi.security import HTTPBearer
from litestar import Litestar, MediaType, get, post
from litestar.exceptions import ClientException
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody
from pydantic import BaseModel, Field, SecretStr
from starlette.applications import Starlette
from starlette.exceptions import HTTPException as StarletteError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from seeother.message import Response as Answer

JSON = ((b"content-type", b"application/json"),)
FORM = ((b"content-type", b"application/x-www-form-urlencoded"),)
Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]


async def answer(
    app: Application, method: str, target: str, *, fields: tuple[tuple[bytes, bytes], ...] = (), content: bytes = b""
) -> Answer:
    """What an ASGI application answers; an exception that it raises after its answer is left to its server."""
    sent: list[Message] = []
    waiting: list[Message] = [{"type": "http.request", "body": content, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    path, _, query = target.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path,
        "raw_path": path.encode(), "query_string": query.encode(), "root_path": "", "scheme": "http",
        "headers": [(b"host", b"shop.example"), *fields], "server": ("shop.example", 80), "client": ("127.0.0.1", 1),
        "extensions": {}, "state": {},
    }  # fmt: skip
    try:
        await app(scope, receive, send)
    except RuntimeError as error:
        assert str(error) == "the shop is broken"  # noqa: PT017 - raised on purpose by the handlers below
    lines = tuple((bytes(name).lower(), bytes(value)) for name, value in sent[0]["headers"])
    return Answer(sent[0]["status"], lines, b"".join(message.get("body", b"") for message in sent[1:]))


class Item(BaseModel):
    """A line of an order."""

    price: float
    quantity: int = Field(gt=0)


class Order(BaseModel):
    """An order with a secret in it."""

    items: list[Item]
    token: SecretStr = Field(min_length=20)


def starlette_shop() -> Application:
    """A shop on Starlette."""

    async def broken(_: Request) -> Response:
        raise RuntimeError("the shop is broken")

    async def refuse(request: Request) -> Response:
        raise StarletteError(int(request.path_params["status"]), request.query_params.get("detail"))

    async def own(_: Request) -> Response:
        return JSONResponse({"error": "Not Found"}, 404)

    return Starlette(routes=[Route("/broken", broken), Route("/refuse/{status}", refuse), Route("/own", own)])


def fastapi_shop() -> Application:
    """A shop on FastAPI."""
    app = FastAPI()

    @app.post("/orders")
    async def order(order: Order, n: int, x_code: Annotated[int, Header()], c: Annotated[int, Cookie()]) -> None: ...

    @app.post("/forms")
    async def form(name: Annotated[str, Form()], age: Annotated[int, Form()]) -> None: ...

    @app.get("/items/{item}")
    async def item(item: int) -> None: ...

    @app.get("/refuse/{status}")
    async def refuse(status: int, detail: str | None = None) -> None:
        raise HTTPException(status, detail)

    @app.get("/refuse-with-more")
    async def refuse_with_more() -> None:
        raise HTTPException(422, [{"code": "sold-out", "msg": "Sold out"}])

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("the shop is broken")

    @app.get("/account", dependencies=[Depends(HTTPBearer())])
    async def account() -> None: ...

    return app


def litestar_shop() -> Application:
    """A shop on Litestar."""

    @post("/orders")
    async def order(data: JSONBody[Order], n: FromQuery[int]) -> None: ...

    @get("/search")
    async def search(code: Annotated[str, HeaderParameter(name="x-code")]) -> None: ...

    @get("/refuse/{status:int}")
    async def refuse(status: FromPath[int], detail: FromQuery[str] = "") -> None:
        raise ClientException(detail, status_code=status)

    @get("/refuse-with-more")
    async def refuse_with_more() -> None:
        raise ClientException(status_code=409, extra={"sku": 7})

    @get("/text", media_type=MediaType.TEXT)
    async def text() -> str:
        raise ClientException

    return cast("Application", Litestar([order, search, refuse, refuse_with_more, text], logging_config=None))


def flask_answers() -> dict[str, Answer]:
    """What a shop on Flask answers, by a word for each case."""
    app = flask.Flask("shop")

    @app.get("/refuse/<int:status>")
    def refuse(status: int) -> str:
        flask.abort(status, flask.request.args.get("detail"))

    @app.post("/orders")
    def order() -> str:
        return str(flask.request.json)

    @app.get("/own")
    def own() -> tuple[str, int]:
        return "Not Found", 404

    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("the shop is broken")

    client = app.test_client()
    answers = {
        "404 missing": client.get("/nowhere"),
        "405 method": client.post("/broken"),
        "500 broken": client.get("/broken"),
        "415 no json": client.post("/orders", data="x"),
        "400 bad json": client.post("/orders", data="{", content_type="application/json"),
        "own sold out": client.get("/refuse/409?detail=Sold+out"),
        "own page": client.get("/own"),
    }
    for status in flask_statuses():
        answers[f"{status} abort"] = client.get(f"/refuse/{status}")
    return {
        name: Answer(
            got.status_code, tuple((key.lower().encode(), value.encode()) for key, value in got.headers), got.data
        )
        for name, got in answers.items()
    }


def flask_statuses() -> list[int]:
    """The statuses that Werkzeug has a description of."""
    from werkzeug.exceptions import default_exceptions  # noqa: PLC0415 - only this function is about Werkzeug

    return sorted(default_exceptions)


_DJANGO = """
import base64, json, sys
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpResponse, HttpResponseForbidden, JsonResponse
from django.urls import path
from django.views.decorators.http import require_POST

def failing(error):
    def view(request):
        raise error
    return view

urlpatterns = [
    path("broken", failing(RuntimeError("the shop is broken"))),
    path("gone", failing(Http404("no such order"))),
    path("denied", failing(PermissionDenied("not yours"))),
    path("suspicious", failing(SuspiciousOperation("odd"))),
    path("orders", require_POST(lambda request: HttpResponse("ok"))),
    path("own", lambda request: HttpResponseForbidden("<h1>403 Forbidden</h1><p>Ask your manager.</p>")),
    path("json", lambda request: JsonResponse({"detail": "sold out"}, status=409)),
]
settings.configure(
    DEBUG=sys.argv[1] == "debug", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["testserver"], SECRET_KEY="k",
    LOGGING_CONFIG=None,
    MIDDLEWARE=["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
)
import django
django.setup()
from django.test import Client
client = Client(raise_request_exception=False, enforce_csrf_checks=True)
got = {
    "404 missing": client.get("/nowhere"),
    "404 raised": client.get("/gone"),
    "403 denied": client.get("/denied"),
    "400 suspicious": client.get("/suspicious"),
    "400 host": client.get("/own", HTTP_HOST="evil.example"),
    "500 broken": client.get("/broken"),
    "405 method": client.get("/orders"),
    "403 forgery": client.post("/orders"),
    "own page": client.get("/own"),
    "own json": client.get("/json"),
}
print(json.dumps({
    name: [a.status_code, [[k.lower(), v] for k, v in a.items()], base64.b64encode(a.content).decode()]
    for name, a in got.items()
}))
"""


def django_answers(mode: str = "production") -> dict[str, Answer]:
    """What a shop on Django answers, by a word for each case; in a process of its own, for Django is one a process."""
    run = subprocess.run([sys.executable, "-c", _DJANGO, mode], capture_output=True, check=True, text=True)
    return {
        name: Answer(status, tuple((key.encode(), value.encode()) for key, value in fields), base64.b64decode(content))
        for name, (status, fields, content) in json.loads(run.stdout).items()
    }
