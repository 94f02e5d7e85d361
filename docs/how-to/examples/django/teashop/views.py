# SPDX-License-Identifier: Apache-2.0
"""The tea shop's views."""

import logging

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from seeother.policy import preload
from seeother.telemetry import CarryingExecutor, resume, to_carrier
from seeother.wsgi import idempotency_field, response_control
from seeother.wsgi.django import hand_off

log = logging.getLogger("shop")
orders: list[str] = []


@require_GET
def cart(request: HttpRequest) -> HttpResponse:
    """Show the form; its key makes that it is an order once, however often it is sent."""
    return HttpResponse(
        '<form method="post" action="/orders">'
        f"{idempotency_field()}"
        f'<input type="hidden" name="csrfmiddlewaretoken" value="{get_token(request)}">'
        '<input name="tea"><button>Order</button></form>'
    )


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Put something into the cart, and redirect as Django does: its shortcut knows no 303."""
    log.info("%s is in the cart", request.POST["tea"])
    return redirect("/cart")


@require_POST
def order(request: HttpRequest) -> HttpResponse:
    """Place an order, and take the person to its page."""
    tea = request.POST["tea"]
    if tea == "poison":
        raise RuntimeError("the database went away")
    orders.append(tea)
    log.info("order %d is placed", len(orders))
    return hand_off(f"/orders/{len(orders)}")


@require_GET
def confirmation(request: HttpRequest, number: int) -> HttpResponse:
    """Show an order."""
    del request
    if not 0 < number <= len(orders):
        raise Http404
    return HttpResponse(f"<h1>Order {number}</h1>")


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Hear from the payment provider; the message has a number of its own, so it counts once."""
    del request
    log.info("the provider called")
    return HttpResponse(status=204)


@csrf_exempt
@require_POST
def back(request: HttpRequest) -> HttpResponse:
    """Come back from the payment provider's site."""
    del request
    return hand_off("/orders/1")


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Decide about the answer while it is being made."""
    del request
    control = response_control()
    control.cookie("greeted", "yes", max_age=86400)
    control.early_hints(preload("/shop.css", "style"))
    return HttpResponse("<h1>Tea</h1>")


@require_GET
def stock(request: HttpRequest) -> HttpResponse:
    """Say that there is too much to do just now, and not when to come back."""
    del request
    return HttpResponse("<h1>We are counting the tea</h1>", status=503)


@require_GET
def coupon(request: HttpRequest, code: str) -> HttpResponse:
    """Answer with an error of the shop's own, which nobody replaces."""
    del request
    return JsonResponse({"coupon": code, "reason": "unknown"}, status=404)


pool = CarryingExecutor(max_workers=1)
outbox: list[dict[str, str]] = []


@require_POST
def letter(request: HttpRequest) -> HttpResponse:
    """Let a thread write a letter, and leave a note for another process to post it."""
    del request
    written = pool.submit(log.info, "a letter is written")
    written.result()
    outbox.append(to_carrier())
    return JsonResponse({"letter": "written"})


def post_letters() -> None:
    """Work off the outbox, as another process would."""
    while outbox:
        with resume(outbox.pop()):
            log.info("a letter is posted")
