# SPDX-License-Identifier: Apache-2.0
"""A Django site that does what a script says; there is one a process, so the script is set before each case."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import django
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.handlers.wsgi import WSGIHandler
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test.utils import override_settings
from django.urls import re_path

from tests.contract.guard.exchange import BrokenError, Reply, Script, Seen
from tests.contract.guard.wsgi_applications import pieces, stage

GUARD = "seeother.wsgi.django.GuardMiddleware"
OTHERS = ["django.middleware.common.CommonMiddleware"]
_ABORTS: dict[int, type[Exception]] = {400: SuspiciousOperation, 403: PermissionDenied, 404: Http404}

if not settings.configured:
    settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], MIDDLEWARE=OTHERS, USE_TZ=True, LOGGING_CONFIG=None)
    django.setup()

_scripts: list[Script] = []


def answer(request: HttpRequest) -> HttpResponseBase:
    """Do what the script says."""
    seen = Seen(
        request.scheme or "",
        request.META.get("HTTP_HOST", ""),
        request.META.get("REMOTE_ADDR", ""),
        request.META.get("HTTP_X_FORWARDED_FOR"),
        request.body,
    )
    reply = _scripts[-1].act(seen)
    if reply.aborts in _ABORTS:
        raise _ABORTS[reply.aborts]
    stage(reply)
    if reply.breaks and not reply.pieces:
        raise BrokenError
    response = _made(Reply(reply.aborts, (), (b"",)) if reply.aborts else reply)
    for name, value in reply.fields:
        response[name.decode()] = value.decode("latin-1")
    return response


def _made(reply: Reply) -> HttpResponseBase:
    if reply.streams:
        return StreamingHttpResponse(pieces(reply), status=reply.status)
    return HttpResponse(b"".join(reply.pieces), status=reply.status)


urlpatterns = [re_path("", answer)]


@contextmanager
def site(script: Script, config: Path | None = None) -> Generator[WSGIHandler]:
    """The site's WSGI application; with `config` the guard is its first middleware."""
    middleware = OTHERS if config is None else [GUARD, *OTHERS]
    _scripts.append(script)
    try:
        with override_settings(MIDDLEWARE=middleware, SEEOTHER_CONFIG=config):
            yield WSGIHandler()
    finally:
        _scripts.pop()
