# SPDX-License-Identifier: Apache-2.0
"""The guard as a Django middleware: the response stays Django's own, and Django's ways of giving content are kept."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import cast

import pytest
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import AsyncClient, Client, RequestFactory
from django.test.utils import override_settings
from django.urls import path, re_path

from seeother.errors import CallerError, SettingsError
from seeother.message import Response as Answer
from seeother.testing import collecting
from seeother.wsgi import response_control
from seeother.wsgi.django import GuardMiddleware, hand_off, redirect, response_of
from tests.contract.guard.django_site import GUARD, OTHERS
from tests.seeother.telemetry.conftest import Sink
from tests.seeother.wsgi.site import KEY

BASE = '[site]\nsecrets = ["correct horse battery staple"]\n{site}\n[ledger]\nurl = "memory://"\n{more}\n'
STEP = '[[journey.checkout.step]]\nname = "product"\non = ["GET /products/{slug}"]\n'


def found(request: HttpRequest) -> HttpResponse:
    """Answers an action with 302, and gives two cookies."""
    response = HttpResponseRedirect("/orders/7")
    response.set_cookie("sessionid", "1", httponly=True)
    response.set_cookie("theme", "dark blue", path="/shop")
    response.charset = "utf-8"
    assert request.POST["sku"] == "tea"
    return response


def posted(request: HttpRequest) -> HttpResponse:
    """Says what was sent."""
    return HttpResponse(request.body, status=201, content_type="text/plain")


def page(request: HttpRequest, slug: str = "") -> HttpResponse:
    """A page with what the request looks like."""
    response = HttpResponse(f"<title>{slug}</title>{request.scheme} {request.get_host()} {request.META['REMOTE_ADDR']}")
    response_control().cookie("basket", slug or "none")
    return response


def streamed(_request: HttpRequest) -> StreamingHttpResponse:
    """A stream."""
    return StreamingHttpResponse(iter([b"one", b"two"]))


def asynchronous(_request: HttpRequest) -> StreamingHttpResponse:
    """A stream that an event loop makes."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    return StreamingHttpResponse(pieces(), status=302, headers={"location": "/orders/7"})


def file(_request: HttpRequest) -> FileResponse:
    """A file."""
    return FileResponse(BytesIO(b"tea"), content_type="text/plain")


def broken(_request: HttpRequest) -> HttpResponse:
    """Fails."""
    raise ValueError("broken")


def moved(request: HttpRequest) -> HttpResponse:
    """Hands a person off, or redirects with the status that is asked for."""
    if request.method == "POST":
        return hand_off(request.GET["to"], allowed=frozenset({"pay.example"}))
    return redirect("/new", int(request.GET["status"]))


urlpatterns = [
    path("moved", moved),
    path("orders", found),
    path("posted", posted),
    path("products/<slug:slug>", page),
    path("stream", streamed),
    path("async", asynchronous),
    path("file", file),
    path("broken", broken),
    re_path("^old/(?P<slug>[a-z]+)$", page),
]

Shop = Callable[..., Client]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Make a client of the site above, with these lines of settings."""
    config = tmp_path / "seeother.toml"

    def make(*, site: str = "", more: str = "") -> Client:
        config.write_text(BASE.format(site=site, more=more))
        return Client(raise_request_exception=False)

    with override_settings(MIDDLEWARE=[GUARD, *OTHERS], SEEOTHER_CONFIG=config, ROOT_URLCONF=__name__):
        yield make


def test_the_response_is_repaired_in_place(shop: Shop) -> None:
    """The status changes; cookies, class and reason stay as they should be."""
    response = shop().post("/orders", {"sku": "tea"})

    assert isinstance(response, HttpResponseRedirect)
    assert (response.status_code, response.reason_phrase, response["location"]) == (303, "See Other", "/orders/7")
    assert response.cookies["sessionid"].OutputString() == "sessionid=1; HttpOnly; Path=/"
    assert response.cookies["theme"].OutputString() == 'theme="dark blue"; Path=/shop'


@pytest.mark.parametrize(
    ("target", "location"),
    [("/orders/7", "/orders/7"), ("https://pay.example/p", "https://pay.example/p"), ("http://testserver/a", "/a")],
)
def test_hand_off_is_django_s_response(shop: Shop, target: str, location: str) -> None:
    """303 to a path, to a host on the list, and to the site itself; the guard finds nothing to mend."""
    client = shop()

    with collecting() as found:
        response = client.post(f"/moved?to={target}")

    assert (response.status_code, response["location"], response["cache-control"]) == (303, location, "no-store")
    assert f'href="{location}"' in response.content.decode()
    assert [finding.rule for finding in found] == []


def test_what_may_not_be_redirected_to_is_the_caller_s_mistake(shop: Shop) -> None:
    """Django answers 500 to it, and the view's developer learns why."""
    with override_settings(DEBUG_PROPAGATE_EXCEPTIONS=True), pytest.raises(CallerError, match=r"evil\.example"):
        shop().post("/moved?to=https://evil.example/")
    with override_settings(DEBUG_PROPAGATE_EXCEPTIONS=True), pytest.raises(CallerError, match="200 is no redirect"):
        shop().get("/moved?status=200")
    assert shop().get("/moved?status=308").status_code == 308


def test_response_of_an_answer_has_its_cookies() -> None:
    """Each as a cookie of Django's, and no field that the answer lacks."""
    made = response_of(Answer(201, ((b"set-cookie", b"a=1; Path=/"), (b"set-cookie", b"b=2; Path=/")), b"ok"))

    assert (made.status_code, made.content, dict(made.items())) == (201, b"ok", {})
    assert [morsel.OutputString() for morsel in made.cookies.values()] == ["a=1; Path=/", "b=2; Path=/"]


def test_staged_and_journey_cookies_are_added(shop: Shop) -> None:
    """They are cookies like the application's own, and their values are not changed on the way."""
    client = shop(more=STEP)

    first = client.get("/products/tea")
    second = client.get("/products/tea")

    assert first.cookies["basket"].value == "tea"
    assert first.cookies["journey"]["httponly"] is True
    assert first["x-journey-id"] == second["x-journey-id"]  # what the browser has brought back is still valid


def test_django_s_error_becomes_a_page(shop: Shop) -> None:
    """Its content, length and fields fit each other."""
    response = shop().get("/broken", headers={"accept": "text/html"})

    assert response.status_code == 500
    assert b"Your order is safe" in response.content
    assert response["content-length"] == str(len(response.content))


def test_content_is_there_for_guard_and_view(shop: Shop) -> None:
    """The guard reads a form to compare it, and the view reads it again; the second time it is not asked."""
    client = shop(more='[[route]]\nmatch = "POST /posted"\nidempotency = "required"\nprincipal = "shared"\n')

    answers = [
        client.post("/posted", b"sku=tea", content_type="text/plain", headers={"idempotency-key": f'"{KEY}"'})
        for _ in range(2)
    ]

    assert [(each.status_code, each.content) for each in answers] == [(201, b"sku=tea")] * 2
    assert answers[1]["idempotency-replayed"] == "true"


def test_streams_and_files_stay_what_they_are(shop: Shop) -> None:
    """A stream streams, and a file is left to the server to send."""
    client = shop()

    stream, sent = client.get("/stream"), client.get("/file")

    assert stream.streaming
    assert list(stream) == [b"one", b"two"]
    assert type(sent).__name__ == "FileResponse"
    assert b"".join(sent) == b"tea"


def test_under_asgi(shop: Shop) -> None:
    """Django runs it in a thread; content of an asynchronous iterator passes, with its head repaired."""
    shop()

    async def ask() -> tuple[HttpResponseBase, list[bytes]]:
        response = cast("StreamingHttpResponse", await AsyncClient().post("/async"))
        return response, [part async for part in response]

    response, parts = asyncio.run(ask())

    assert (response.status_code, parts) == (303, [b"one", b"two"])


def test_what_is_believed_is_what_views_see(shop: Shop) -> None:
    """A trusted proxy's words count in `request`, of anybody else's nothing is left."""
    client = shop(site='trusted_proxies = ["10.0.0.0/8"]')
    said = {"x-forwarded-for": "198.51.100.7", "x-forwarded-proto": "https", "x-forwarded-host": "shop.example"}

    trusted = client.get("/products/tea", headers=said, REMOTE_ADDR="10.0.0.1")
    forged = client.get("/products/tea", headers=said, REMOTE_ADDR="203.0.113.9")

    assert trusted.content.endswith(b"https shop.example 198.51.100.7")
    assert forged.content.endswith(b"http testserver 203.0.113.9")
    assert "HTTP_X_FORWARDED_HOST" not in forged.wsgi_request.META


def test_the_row_has_django_s_route(shop: Shop, sink: Sink) -> None:
    """A path's converters in our words; a regular expression as it stands."""
    client = shop(more=f'[telemetry]\nendpoint = "{sink.endpoint}"\n{STEP}')
    client.get("/products/tea")
    client.get("/old/tea")
    names: list[str] = []
    while len(names) < 2:
        names += [span.name for span in sink.next().spans()]

    assert names == ["GET /products/{slug}", "GET ^old/(?P<slug>[a-z]+)$"]


def test_strict_fails_django_s_tests(shop: Shop) -> None:
    """Django answers 500 by itself, and its test client raises what was found."""
    shop(site='mode = "strict"')

    with pytest.raises(CallerError, match="RED001"):
        Client().post("/orders", {"sku": "tea"})


def test_found_once(shop: Shop) -> None:
    """What the guard makes is not judged again by anybody."""
    client = shop()
    with collecting() as findings:
        client.post("/orders", {"sku": "tea"})

    assert [finding.rule for finding in findings] == ["JNY002", "RED001"]


def test_wrong_settings_are_told_at_the_start(tmp_path: Path) -> None:
    """With the key and the cure."""
    config = tmp_path / "seeother.toml"
    config.write_text('[site]\nmode = "no"\n')

    with override_settings(SEEOTHER_CONFIG=config), pytest.raises(SettingsError, match=r"site\.mode"):
        GuardMiddleware(lambda _: HttpResponse())


def test_without_a_configuration_there_is_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for the other adapters."""
    (tmp_path / "seeother.toml").write_text('[site]\nmode = "observe"\n')
    monkeypatch.chdir(tmp_path)
    middleware = GuardMiddleware(lambda _: HttpResponseRedirect("/orders/7"))

    assert middleware(RequestFactory().post("/orders")).status_code == 302
