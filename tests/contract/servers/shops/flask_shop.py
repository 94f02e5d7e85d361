# SPDX-License-Identifier: Apache-2.0
"""The shop in Flask."""

import time

from flask import Flask, Response, redirect
from werkzeug.wrappers import Response as Answer

from seeother.wsgi import Guard, response_control
from tests.contract.servers.shops.deeds import LARGE, ORDER_SECONDS, PAGE, SLOW_SECONDS, STYLE, ShopError, half, note

app = Flask("shop")


@app.post("/orders")
def order() -> Answer:
    """Take an order."""
    note("ordered")
    time.sleep(ORDER_SECONDS)
    return redirect("/orders/7", 302)


@app.post("/slow")
def slow() -> Answer:
    """Take an order that takes its time."""
    note("begun")
    time.sleep(SLOW_SECONDS)
    note("ended")
    return redirect("/orders/8", 303)


@app.get("/fails")
def fails() -> str:
    """Fail."""
    raise ShopError


@app.get("/breaks")
def breaks() -> Response:
    """Fail in the middle."""
    return Response(half())


@app.get("/hints")
def hints() -> str:
    """Hint at the style sheet."""
    response_control().early_hints(STYLE)
    return PAGE


@app.get("/large")
def large() -> Response:
    """Answer with much."""
    return Response(LARGE)


app.wsgi_app = Guard(app.wsgi_app)  # type: ignore[method-assign]
