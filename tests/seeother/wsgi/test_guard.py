# SPDX-License-Identifier: Apache-2.0
"""The guard as a WSGI application and its visitors meet it: modes, context, identity, rows, real servers."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse
from wsgiref.validate import validator

import flask
import httpx2
import pytest

from seeother.errors import SettingsError
from seeother.gate import PASSING, flows
from seeother.gate.places import Places
from seeother.telemetry import current
from seeother.testing import collecting
from seeother.wsgi import Guard, form_token, return_token
from tests.seeother.telemetry.conftest import Sink
from tests.seeother.wsgi.site import JOURNEY, Call, Content, answering, guarded, settings
from tests.servers.program import free_port, listens, running

HTML = ("Content-Type", "text/html")


def test_off_is_not_there() -> None:
    """The application's own iterable and the server's own start_response."""
    content = Content(b"page")
    call = Call(guarded(answering(content, "200 OK", HTML), site={"mode": "off"}))

    assert call.parts is content


def test_both_sides_keep_to_the_standard() -> None:
    """Python's validator stands on both sides and finds nothing."""

    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        assert environ["wsgi.input"].read(3) == b"sku"
        start_response("302 Found", [HTML, ("Location", "/orders/7")])
        return [b"/orders/7"]

    guard = validator(Guard(validator(app), settings()))
    call = Call(guard, "POST /orders", b"sku", **{"wsgi.errors": _Errors()})

    assert (call.rest(), call.status) == (b"/orders/7", 303)


class _Errors:
    """A log that nobody reads."""

    def flush(self) -> None:
        """Do nothing."""

    def write(self, text: str) -> None:
        """Do nothing."""

    def writelines(self, lines: Iterable[str]) -> None:
        """Do nothing."""


def test_the_context_is_the_exchange_s_own() -> None:
    """It is there in the call and in each piece of content, also where two take turns; nothing is left behind."""

    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [HTML])
        for _ in range(2):
            passing = PASSING.get()
            assert passing is not None
            assert getattr(passing, "context", None) is current()
            yield str(getattr(passing, "request", None) and environ["PATH_INFO"]).encode()

    guard = guarded(app)
    one, two = Call(guard, "GET /one"), Call(guard, "GET /two")

    assert [one.next(), two.next(), one.next(), two.next()] == [b"/one", b"/two", b"/one", b"/two"]
    assert (PASSING.get(), current()) == (None, None)
    assert (one.rest(), two.rest()) == (b"", b"")


def test_tokens_are_to_be_had() -> None:
    """For forms and return URLs, as in any other adapter."""

    def app(_environ: dict[str, Any], start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [HTML])
        yield return_token().encode() + form_token().encode()

    call = Call(guarded(app, journey=JOURNEY), "GET /products/tea")

    assert b"seeother" in call.rest()


def test_a_journey_begins_and_goes_on() -> None:
    """The first step mints an id, and the cookie carries it."""
    guard = guarded(answering([b"page"], "200 OK", HTML), journey=JOURNEY)

    first = Call(guard, "GET /products/tea")
    cookie = first.fields["set-cookie"].partition(";")[0]
    second = Call(guard, "POST /orders", HTTP_COOKIE=cookie)

    assert len(first.fields["x-journey-id"]) == 32
    assert second.fields["x-journey-id"] == first.fields["x-journey-id"]


def test_rows_reach_a_collector(sink: Sink) -> None:
    """One row an exchange of the journey, with the route as Flask has it, and the cut one marked."""
    app = flask.Flask("shop")

    @app.get("/products/<slug>")
    def product(slug: str) -> str:
        return slug

    @app.get("/reviews/<int:number>")
    def reviews(number: int) -> flask.Response:
        return flask.Response(iter([b"one", b"two"] * number))

    guard = Guard(app.wsgi_app, settings(journey=JOURNEY, telemetry={"endpoint": sink.endpoint}))
    app.wsgi_app = guard  # type: ignore[method-assign]
    first = Call(app, "GET /products/tea")
    cookie = first.fields["set-cookie"].partition(";")[0]
    first.rest()
    cut = Call(app, "GET /reviews/2", HTTP_COOKIE=cookie)
    cut.next()
    cut.close()
    guard.close()

    spans = {span.name: span for span in sink.next().spans()}
    assert sorted(spans) == ["GET /products/{slug}", "GET /reviews/{number}"]
    kinds = {each.key: each.value.string_value for each in spans["GET /reviews/{number}"].attributes}
    assert kinds["error.type"] == "cut"


def test_an_answer_that_was_taken_whole_was_not_cut(sink: Sink) -> None:
    """Whether the server asks for more after the last piece tells whether it was sent."""
    guard = guarded(answering([b"page"], "200 OK", HTML), journey=JOURNEY, telemetry={"endpoint": sink.endpoint})

    taken, left = Call(guard, "GET /products/tea"), Call(guard, "GET /products/coffee")
    taken.rest()
    left.next()
    left.close()
    guard.close()

    spans = sink.next().spans()
    assert [any(each.key == "error.type" for each in span.attributes) for span in spans] == [False, True]


def test_what_stands_around_the_guard_keeps_its_environment() -> None:
    """The guard changes a copy."""
    guard = guarded(answering([b"page"]), site={"trusted_proxies": ["10.0.0.0/8"]})

    call = Call(guard, HTTP_X_FORWARDED_HOST="shop.example:8443", HTTP_X_FORWARDED_PROTO="https")

    assert call.environ["wsgi.url_scheme"] == "http"
    assert call.status == 200


def test_contradicting_proxies_are_told() -> None:
    """Where Forwarded and X-Forwarded-* disagree, neither counts and it is a finding."""
    guard = guarded(answering([b"page"]), site={"trusted_proxies": ["10.0.0.0/8"]})

    with collecting() as findings:
        Call(guard, HTTP_FORWARDED="host=a.example", HTTP_X_FORWARDED_HOST="b.example").rest()

    assert [finding.rule for finding in findings] == ["PRX006"]


def test_reads_the_settings_of_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without settings there is seeother.toml."""
    (tmp_path / "seeother.toml").write_text('[site]\nmode = "observe"\n')
    monkeypatch.chdir(tmp_path)

    call = Call(Guard(answering([b"x"], "302 Found", ("Location", "/orders/7"))), "POST /orders")

    assert call.status == 302


SHOP = """
import time
from pathlib import Path
from seeother.settings import read_settings
from seeother.wsgi import Guard, form_token, return_token


def shop(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/broken":
        raise ValueError("broken")
    if path == "/file":
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "3")])
        return environ["wsgi.file_wrapper"](open("tea", "rb"))
    if path == "/stream":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return stream()
    if path == "/events":
        start_response("200 OK", [("Content-Type", "text/event-stream")])
        return stream()
    start_response("302 Found", [("Content-Type", "text/plain"), ("Location", "/orders/7")])
    return [environ["wsgi.input"].read()]


def stream():
    yield b"one" if Path("first").exists() else b""
    while not Path("go").exists():
        time.sleep(0.01)
    yield b"two"


ROUTE = {"match": "POST /orders", "idempotency": "key", "principal": "shared"}
app = Guard(shop, read_settings({"ledger": {"url": "memory://"}, "route": [ROUTE]}, {}))
"""
GUNICORN = ("gunicorn", "--bind=127.0.0.1:{port}", "--worker-class=gthread", "--threads=4", "--no-control-socket")
WAITRESS = ("waitress", "--listen=127.0.0.1:{port}")


@pytest.fixture
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[httpx2.Client]:
    """A client of a real server."""
    (tmp_path / "shop.py").write_text(SHOP)
    (tmp_path / "tea").write_bytes(b"tea")
    port = free_port()
    command = [sys.executable, "-m", *[part.format(port=port) for part in request.param], "shop:app"]
    with (
        running(command, directory=tmp_path, ready=lambda: listens(port)),
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as client,
    ):
        yield client


@pytest.mark.slow
@pytest.mark.parametrize("served", [GUNICORN, WAITRESS], indirect=True, ids=["gunicorn", "waitress"])
def test_real_servers(served: httpx2.Client, tmp_path: Path) -> None:
    """Repairs, remembered actions, streams, files and failures as they come over a socket."""
    key = {"idempotency-key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}

    def chunks() -> Iterator[bytes]:
        yield b"sku="
        yield b"tea"

    orders = [served.post("/orders", headers=key, content=chunks()) for _ in range(2)]
    assert [(each.status_code, each.content) for each in orders] == [(303, b"sku=tea")] * 2
    assert orders[1].headers["idempotency-replayed"] == "true"

    (tmp_path / "first").touch()
    with served.stream("GET", "/stream") as answer:
        pieces = answer.iter_bytes()
        assert next(pieces) == b"one"  # while the second piece waits
        (tmp_path / "go").touch()
        assert b"".join(pieces) == b"two"

    assert served.get("/file").content == b"tea"

    broken = served.get("/broken", headers={"accept": "text/html"})
    assert (broken.status_code, broken.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert "Your order is safe" in broken.text
    while "ValueError: broken" not in (tmp_path / "output").read_text():  # the server logs it when it has answered
        httpx2.get(served.base_url.join("/file"), trust_env=False)  # anew: the connection may be closed


@pytest.mark.slow
@pytest.mark.parametrize("served", [GUNICORN], indirect=True, ids=["gunicorn"])
def test_the_head_of_an_event_stream_goes_alone(served: httpx2.Client, tmp_path: Path) -> None:
    """Where a server sends a head with an empty piece, the client has it before there is an event."""
    with served.stream("GET", "/events") as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        (tmp_path / "go").touch()
        assert answer.read() == b"two"


def test_an_error_at_the_door_leaves_the_request_to_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is repaired and nothing is lost; the finding says so."""

    def broken(*_args: object) -> None:
        raise RuntimeError("a fault of the guard's own")

    monkeypatch.setattr(Places, "find", broken)
    app = answering([b"on"], "302 Found", HTML, ("Location", "/orders/7"))

    with collecting() as found:
        call = Call(guarded(app, route=[{"match": "POST /orders"}]), "POST /orders", b"sku=tea")

    assert (call.rest(), call.status) == (b"on", 302)
    assert [(finding.rule, finding.evidence["while"]) for finding in found] == [("GRD001", "let a request in")]


def test_an_error_while_choosing_what_an_exchange_needs_costs_no_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault in looking at the origin: the order is taken, its answer repaired, and the fault is a finding."""

    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("a fault of the guard's own")

    monkeypatch.setattr(flows, "check_origin", broken)
    guard = guarded(answering([b"on"], "302 Found", HTML, ("Location", "/orders/7")), route=[{"match": "POST /orders"}])

    with collecting() as found:
        call = Call(guard, "POST /orders", b"sku=tea")

    assert (call.rest(), call.status, call.fields["location"]) == (b"on", 303, "/orders/7")
    assert [finding.rule for finding in found] == ["GRD001", "RED001"]


def test_an_error_while_a_flow_is_driven_costs_no_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault after the content was read: the application gets the content, and the answer is its own."""

    def broken(*_args: object) -> None:
        raise RuntimeError("a fault of the guard's own")

    def echo(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [HTML])
        return [environ["wsgi.input"].read()]

    monkeypatch.setattr(flows, "read_form_token", broken)
    guard = guarded(echo, route=[{"match": "POST /orders", "form_token": True}])

    with collecting() as found:
        call = Call(guard, "POST /orders", b"sku=tea", HTTP_COOKIE="sessionid=1",
                    CONTENT_TYPE="application/x-www-form-urlencoded")  # fmt: skip

    assert (call.rest(), call.status) == (b"sku=tea", 200)
    assert [finding.rule for finding in found] == ["GRD001"]


@pytest.mark.parametrize(
    "sections",
    [{"site": {"deadline": "30s"}}, {"route": [{"match": "GET /slow", "kind": "routing", "deadline": "30s"}]}],
    ids=["of the site", "of a route"],
)
def test_a_deadline_that_cannot_be_kept_is_refused(sections: dict[str, object]) -> None:
    """A thread cannot be stopped, and a setting that does nothing would be believed."""
    with pytest.raises(SettingsError, match=r"deadline = '30s': is kept under ASGI only"):
        guarded(answering([b"page"]), **sections)
