# SPDX-License-Identifier: Apache-2.0
"""A small shop on Flask with a guard around it: the code of the page docs/how-to/flask.md."""

import logging
from concurrent.futures import Future

from flask import Flask, abort, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from seeother.policy import preload
from seeother.telemetry import LOG_FORMAT, CarryingExecutor, JourneyFilter, resume, to_carrier
from seeother.wsgi import Guard, form_token, idempotency_field, response_control
from seeother.wsgi.flask import hand_off

log = logging.getLogger("shop")
app = Flask(__name__)
orders: list[str] = []


@app.get("/cart")
def cart() -> str:
    """Show the form; its key makes that it is an order once, however often it is sent."""
    return (
        '<form method="post" action="/orders">'
        f"{idempotency_field()}{form_token()}"
        '<input name="tea"><button>Order</button></form>'
    )


@app.post("/cart/items")
def add() -> ResponseReturnValue:
    """Put something into the cart, and redirect as Flask does unless told otherwise: 302."""
    log.info("%s is in the cart", request.form["tea"])
    return redirect("/cart")


@app.post("/orders")
def order() -> ResponseReturnValue:
    """Place an order, and take the person to its page."""
    tea = request.form["tea"]
    if tea == "poison":
        raise RuntimeError("the database went away")
    orders.append(tea)
    log.info("order %d is placed", len(orders))
    return hand_off(f"/orders/{len(orders)}")


@app.get("/orders/<int:number>")
def confirmation(number: int) -> ResponseReturnValue:
    """Show an order."""
    if not 0 < number <= len(orders):
        abort(404)
    return f"<h1>Order {number}</h1>"


@app.post("/payments/webhook")
def webhook() -> ResponseReturnValue:
    """Hear from the payment provider; the message has a number of its own, so it counts once."""
    log.info("the provider called")
    return "", 204


@app.post("/payments/return")
def back() -> ResponseReturnValue:
    """Come back from the payment provider's site."""
    return hand_off("/orders/1")


@app.get("/")
def home() -> str:
    """Decide about the answer while it is being made."""
    control = response_control()
    control.cookie("greeted", "yes", max_age=86400)
    control.early_hints(preload("/shop.css", "style"))
    return "<h1>Tea</h1>"


@app.get("/stock")
def stock() -> ResponseReturnValue:
    """Say that there is too much to do just now, and not when to come back."""
    return "<h1>We are counting the tea</h1>", 503


@app.get("/coupons/<code>")
def coupon(code: str) -> ResponseReturnValue:
    """Answer with an error of the shop's own, which nobody replaces."""
    return jsonify({"coupon": code, "reason": "unknown"}), 404


pool = CarryingExecutor(max_workers=1)
outbox: list[dict[str, str]] = []


@app.post("/letters")
def letter() -> ResponseReturnValue:
    """Let a thread write a letter, and leave a note for another process to post it."""
    written: Future[None] = pool.submit(log.info, "a letter is written")
    written.result()
    outbox.append(to_carrier())
    return {"letter": "written"}


def post_letters() -> None:
    """Work off the outbox, as another process would."""
    while outbox:
        with resume(outbox.pop()):
            log.info("a letter is posted")


lines = logging.StreamHandler()
lines.addFilter(JourneyFilter())
lines.setFormatter(logging.Formatter(LOG_FORMAT))
logging.basicConfig(level=logging.INFO, handlers=[lines])

app.wsgi_app = Guard(app.wsgi_app)  # type: ignore[method-assign]
