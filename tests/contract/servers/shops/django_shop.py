# SPDX-License-Identifier: Apache-2.0
"""The shop in Django, for both kinds of servers: `app` is for ASGI, `app_wsgi` for WSGI."""

import asyncio
import time
from typing import cast

import django
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path

from seeother import asgi, wsgi
from tests.contract.servers.shops.deeds import (
    LARGE,
    ORDER_SECONDS,
    PAGE,
    SLOW_SECONDS,
    STYLE,
    ShopError,
    ahalf,
    half,
    note,
)

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], MIDDLEWARE=[], USE_TZ=True, LOGGING_CONFIG=None)
django.setup()


async def order(_request: HttpRequest) -> HttpResponse:
    """Take an order."""
    note("ordered")
    await asyncio.sleep(ORDER_SECONDS)
    return HttpResponseRedirect("/orders/7")


def slow(_request: HttpRequest) -> HttpResponse:
    """Take an order that takes its time, on a thread."""
    note("begun")
    time.sleep(SLOW_SECONDS)
    note("ended")
    response = HttpResponseRedirect("/orders/8")
    response.status_code = 303
    return response


def fails(_request: HttpRequest) -> HttpResponse:
    """Fail."""
    raise ShopError


def breaks(request: HttpRequest) -> HttpResponseBase:
    """Fail in the middle."""
    return StreamingHttpResponse(ahalf() if hasattr(request, "scope") else half())


async def hints(request: HttpRequest) -> HttpResponse:
    """Hint at the style sheet."""
    if hasattr(request, "scope"):
        await asgi.response_control().early_hints(STYLE)
    else:
        wsgi.response_control().early_hints(STYLE)
    return HttpResponse(PAGE)


def large(_request: HttpRequest) -> HttpResponse:
    """Answer with much."""
    return HttpResponse(LARGE)


urlpatterns = [
    path("orders", order),
    path("slow", slow),
    path("fails", fails),
    path("breaks", breaks),
    path("hints", hints),
    path("large", large),
]
app = asgi.Guard(cast("asgi.Application", ASGIHandler()))
app_wsgi = wsgi.Guard(WSGIHandler())
