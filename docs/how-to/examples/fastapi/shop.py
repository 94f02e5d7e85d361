# SPDX-License-Identifier: Apache-2.0
"""A small shop on FastAPI with a guard around it: the code of the page docs/how-to/fastapi.md."""

import logging
from concurrent.futures import Future
from typing import Annotated

from fastapi import BackgroundTasks, FastAPI, Form, HTTPException
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from seeother.asgi import Guard, form_token, idempotency_field, response_control
from seeother.asgi.fastapi import install_contract
from seeother.asgi.starlette import hand_off
from seeother.policy import preload
from seeother.policy.pydantic import FailsWith, RedirectTarget
from seeother.telemetry import LOG_FORMAT, CarryingExecutor, JourneyFilter, resume, to_carrier

log = logging.getLogger("shop")
shop = FastAPI()
orders: list[str] = []


@shop.get("/cart")
def cart() -> HTMLResponse:
    """Show the form; its key makes that it is an order once, however often it is sent."""
    return HTMLResponse(
        '<form method="post" action="/orders">'
        f"{idempotency_field()}{form_token()}"
        '<input name="tea"><button>Order</button></form>'
    )


@shop.post("/cart/items")
def add(tea: Annotated[str, Form()]) -> RedirectResponse:
    """Put something into the cart, and redirect as FastAPI does unless told otherwise: 307."""
    log.info("%s is in the cart", tea)
    return RedirectResponse("/cart")


@shop.post("/orders")
def order(tea: Annotated[str, Form()], tasks: BackgroundTasks) -> Response:
    """Place an order, and take the person to its page."""
    if tea == "poison":
        raise RuntimeError("the database went away")
    orders.append(tea)
    tasks.add_task(log.info, "mail about order %d", len(orders))
    return hand_off(f"/orders/{len(orders)}")


@shop.get("/orders/{number}")
def confirmation(number: int) -> HTMLResponse:
    """Show an order."""
    if not 0 < number <= len(orders):
        raise HTTPException(404)
    return HTMLResponse(f"<h1>Order {number}</h1>")


@shop.post("/payments/webhook")
def webhook() -> None:
    """Hear from the payment provider; the message has a number of its own, so it counts once."""
    log.info("the provider called")


@shop.post("/payments/return")
def back() -> Response:
    """Come back from the payment provider's site."""
    return hand_off("/orders/1")


@shop.get("/")
async def home() -> HTMLResponse:
    """Decide about the answer while it is being made."""
    control = response_control()
    control.cookie("greeted", "yes", max_age=86400)
    await control.early_hints(preload("/shop.css", "style"))
    return HTMLResponse("<h1>Tea</h1>")


class Payment(BaseModel):
    """What is sent to pay; each field says which status its fault answers with."""

    email: Annotated[str, Field(pattern="@"), FailsWith(400)]
    back_to: Annotated[str, RedirectTarget({"pay.example"}), FailsWith(409)]
    pounds: int


install_contract(shop)


@shop.post("/payments")
def pay(payment: Payment) -> Response:
    """Go to the payment provider, and to nobody else."""
    return hand_off(payment.back_to, allowed=frozenset({"pay.example"}))


@shop.get("/stock")
def stock() -> HTMLResponse:
    """Say that there is too much to do just now, and not when to come back."""
    return HTMLResponse("<h1>We are counting the tea</h1>", 503)


@shop.get("/coupons/{code}")
def coupon(code: str) -> None:
    """Answer with an error of the shop's own, which nobody replaces."""
    raise HTTPException(404, {"coupon": code, "reason": "unknown"})


@shop.post("/gifts")
def gift() -> JSONResponse:
    """Answer with an error of the shop's own, on a route that asks for problem details."""
    return JSONResponse({"reason": "sold out"}, 409)


pool = CarryingExecutor(max_workers=1)
outbox: list[dict[str, str]] = []


@shop.post("/letters")
def letter() -> dict[str, str]:
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

app = Guard(shop)
