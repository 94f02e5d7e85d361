# SPDX-License-Identifier: Apache-2.0
"""The guard as an application and its visitors meet it: repairs, identity, modes."""

import logging
from pathlib import Path
from typing import NoReturn

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from seeother.asgi import Guard, return_token
from seeother.errors import CallerError, SettingsError
from seeother.gate import flows
from seeother.gate.places import Places
from seeother.policy import Reception
from seeother.rules import Docket
from seeother.settings import read_settings
from seeother.testing import collecting
from tests.seeother.asgi.conftest import SECRET, Client, settings
from tests.seeother.telemetry.conftest import Sink

FREE: dict[str, object] = {"route": []}  # no ledger in the way


async def found(_request: Request) -> Response:
    """Answers an action with 302."""
    return RedirectResponse("/orders/7", 302)


async def page(_request: Request) -> Response:
    """A page."""
    return PlainTextResponse("page")


async def shared(_request: Request) -> Response:
    """A page for every cache."""
    return PlainTextResponse("page", headers={"cache-control": "public, max-age=60"})


async def token(_request: Request) -> Response:
    """Answers with the return token."""
    return PlainTextResponse(return_token())


def application() -> Starlette:
    """A small shop."""
    return Starlette(
        routes=[
            Route("/orders", found, methods=["POST", "PUT"]),
            Route("/orders/{id}", page),
            Route("/products/shared", shared),
            Route("/products/{slug}", page),
            Route("/cart/items", token, methods=["POST"]),
            Route("/payments/return", page, methods=["POST"]),
            Route("/about", page),
        ]
    )


async def test_turns_302_after_post_into_303(client_of: Client) -> None:
    """A POST answered 302 leaves the guard as 303, Location and all else untouched."""
    client = client_of(Guard(application(), settings(**FREE)))

    answer = await client.post("/orders")

    assert (answer.status_code, answer.headers["location"]) == (303, "/orders/7")


async def test_leaves_put_answered_302_alone(client_of: Client) -> None:
    """A browser repeats a PUT after 302, and the application may rely on that: only POST is repaired by default."""
    client = client_of(Guard(application(), settings(**FREE)))

    answer = await client.put("/orders")

    assert answer.status_code == 302


@pytest.mark.parametrize("mode", ["off", "observe"])
async def test_changes_nothing_when_told_so(client_of: Client, mode: str) -> None:
    """In modes off and observe the answer is the application's own, without a cookie or a journey."""
    guard = Guard(application(), settings(site={"secrets": [SECRET], "mode": mode}))
    client = client_of(guard)

    answer = await client.post("/orders")

    assert answer.status_code == 302
    assert "set-cookie" not in answer.headers
    assert "x-journey-id" not in answer.headers


async def test_strict_mode_raises_the_finding(client_of: Client) -> None:
    """In mode strict a finding is an error of the test that causes it."""
    client = client_of(Guard(application(), settings(site={"secrets": [SECRET], "mode": "strict"}, **FREE)))

    with pytest.raises(CallerError, match="RED001"):
        await client.post("/orders")


async def test_strict_mode_does_not_raise_for_advice_that_is_followed(client_of: Client) -> None:
    """A framework's default error is none of the application's doing, and the answer is as it should be."""
    client = client_of(Guard(FastAPI(), settings(site={"secrets": [SECRET], "mode": "strict"}, **FREE)))

    with collecting() as found:
        answer = await client.get("/nowhere")

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert [(finding.rule, finding.repaired) for finding in found] == [("ERR002", True)]


async def test_journey_begins_at_a_step_and_goes_on(client_of: Client) -> None:
    """The first step mints an id, the cookie carries it, and pages that are no step mint none."""
    client = client_of(Guard(application(), settings(**FREE)))

    before = await client.get("/about")
    first = await client.get("/products/tea")
    second = await client.post("/orders")

    assert "x-journey-id" not in before.headers
    assert len(first.headers["x-journey-id"]) == 32
    assert second.headers["x-journey-id"] == first.headers["x-journey-id"]
    cookie = first.headers["set-cookie"]
    assert cookie.startswith("journey=")
    assert "; HttpOnly; SameSite=Lax" in cookie
    assert first.headers["cache-control"] == "private"


async def test_new_journey_after_the_goal(client_of: Client) -> None:
    """Reaching the last step ends the journey: reloading it stays, the next first step begins anew."""
    client = client_of(Guard(application(), settings(**FREE)))

    await client.get("/products/tea")
    bought = await client.get("/orders/7")
    reloaded = await client.get("/orders/7")
    again = await client.get("/products/tea")

    assert reloaded.headers["x-journey-id"] == bought.headers["x-journey-id"]
    assert again.headers["x-journey-id"] != bought.headers["x-journey-id"]


async def test_no_journey_on_an_answer_that_caches_share(client_of: Client) -> None:
    """An answer that a CDN may store carries neither cookie nor id."""
    client = client_of(Guard(application(), settings(**FREE)))

    answer = await client.get("/products/shared")

    assert "set-cookie" not in answer.headers
    assert "x-journey-id" not in answer.headers


async def test_forged_cookie_and_claimed_id_are_not_believed(client_of: Client) -> None:
    """A forged cookie is ignored, and an X-Journey-ID is only echoed where there is no journey."""
    forged = "f" * 32
    client = client_of(Guard(application(), settings(**FREE)), fields={"x-journey-id": forged})
    client.cookies.set("journey", f"{forged}.o.{'A' * 22}")

    aside = await client.get("/about")
    step = await client.get("/products/tea")

    assert aside.headers["x-journey-id"] == forged
    assert step.headers["x-journey-id"] != forged


async def test_cookie_is_host_bound_on_https(client_of: Client) -> None:
    """Behind a public https address the cookie is Secure and has the __Host- prefix."""
    site = {"secrets": [SECRET], "public_url": "https://shop.example"}
    client = client_of(Guard(application(), settings(site=site, **FREE)))

    answer = await client.get("/products/tea")

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-journey=")
    assert cookie.endswith("; Path=/; Max-Age=1800; HttpOnly; SameSite=Lax; Secure")


async def test_return_token_brings_the_journey_back(client_of: Client) -> None:
    """A return without the Lax cookie keeps the journey's id by the token, and only on a return route."""
    routes = [{"match": "POST /payments/return", "kind": "return"}]
    guard = Guard(application(), settings(route=routes))
    shopper = client_of(guard)
    left = await shopper.post("/cart/items")
    provider = client_of(guard)

    back = await provider.post(f"/payments/return?seeother_return={left.text}")
    elsewhere = await provider.get(f"/about?seeother_return={left.text}")

    assert back.headers["x-journey-id"] == left.headers["x-journey-id"]
    assert left.headers["x-journey-id"] not in left.text
    assert "x-journey-id" not in elsewhere.headers


async def test_return_without_token_begins_no_journey(client_of: Client) -> None:
    """A cross-site POST comes without the Lax cookie, so a new one would overwrite the journey that is under way."""
    routes = [{"match": "POST /payments/return", "kind": "return"}]
    client = client_of(Guard(application(), settings(route=routes)))

    back = await client.post("/payments/return")
    forged = await client.post("/orders", headers={"sec-fetch-site": "cross-site"})

    assert "set-cookie" not in back.headers
    assert "set-cookie" not in forged.headers


async def test_result_opened_by_a_stranger_is_no_journey(client_of: Client) -> None:
    """Who opens the result from an e-mail has not bought just now."""
    client = client_of(Guard(application(), settings(**FREE)))

    answer = await client.get("/orders/7")

    assert "set-cookie" not in answer.headers


async def test_field_names_of_any_case_are_understood(client_of: Client) -> None:
    """Django's handler capitalises field names; the guard still sees what caches are told."""

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        fields = [(b"Cache-Control", b"public, max-age=60"), (b"Content-Length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body", "body": b""})

    answer = await client_of(Guard(app, settings(**FREE))).get("/products/tea")

    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "public, max-age=60"


async def test_return_token_needs_a_journey() -> None:
    """Outside an exchange of a journey there is no token to give."""
    with pytest.raises(CallerError, match="return_token"):
        return_token()


async def test_baggage_is_believed_from_trusted_services_only(client_of: Client) -> None:
    """A service names the journey of its calls by baggage; a stranger cannot."""
    journey_id = "0123456789abcdef" * 2
    fields = {"baggage": f"journey.id={journey_id},journey.name=checkout"}
    guard = Guard(application(), read_settings({"site": {"trusted_services": ["10.0.0.0/8"]}}, {}))

    service = await client_of(guard, client=("10.1.2.3", 50000), fields=fields).get("/about")
    stranger = await client_of(guard, client=("192.0.2.1", 50000), fields=fields).get("/about")

    assert service.headers["x-journey-id"] == journey_id
    assert "x-journey-id" not in stranger.headers


@pytest.mark.parametrize(
    ("part", "name", "complaint"),
    [
        (Docket, "suspects", "could not judge"),
        (Reception, "welcome", "could not tell whose request"),
        (Reception, "farewell", "could not finish an answer"),
    ],
)
async def test_error_of_the_guard_lets_the_exchange_pass(
    client_of: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    part: type,
    name: str,
    complaint: str,
) -> None:
    """When a part of the guard fails, the shop goes on selling, and the log says why."""

    def broken(*_any: object, **_named: object) -> NoReturn:
        raise ZeroDivisionError

    monkeypatch.setattr(part, name, broken)
    client = client_of(Guard(application(), settings(**FREE)))

    with caplog.at_level(logging.ERROR, "seeother.guard"):
        answer = await client.post("/orders")

    assert (answer.status_code, answer.headers["location"]) == (302 if part is Docket else 303, "/orders/7")
    assert complaint in caplog.text


async def test_rows_reach_a_collector_that_wants_a_token(client_of: Client, sink: Sink) -> None:
    """One row an exchange of the journey, none of others, all sent when the guard is closed."""
    guard = Guard(application(), settings(telemetry={"endpoint": sink.endpoint, "token": "s3cret"}, **FREE))
    client = client_of(guard)

    await client.get("/about")
    await client.get("/products/tea")
    await client.get("/products/none/such")
    await guard.aclose()

    got = sink.next()
    assert got.fields["Authorization"] == "Bearer s3cret"
    assert [span.name for span in got.spans()] == ["GET /products/{slug}", "GET"]


def test_journeys_need_a_secret() -> None:
    """A guard that would have to sign without a secret says so at the start, with the cure."""
    with pytest.raises(SettingsError, match=r"site\.secrets.*SEEOTHER_SECRET"):
        Guard(application(), settings(site={}))


async def test_reads_the_settings_of_the_working_directory(
    client_of: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`Guard(app)` finds seeother.toml where the server was started, and the environment overrides it."""
    (tmp_path / "seeother.toml").write_text('[site]\nmode = "off"\n')
    monkeypatch.chdir(tmp_path)
    left = await client_of(Guard(application())).post("/orders")
    monkeypatch.setenv("SEEOTHER_SITE_MODE", "repair")

    repaired = await client_of(Guard(application())).post("/orders")

    assert (left.status_code, repaired.status_code) == (302, 303)


async def test_websockets_pass_untouched() -> None:
    """A connection that is not HTTP reaches the application as it is."""
    seen: list[object] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((scope, receive, send))

    async def receive() -> Message:
        raise NotImplementedError

    async def send(message: Message) -> None:
        raise NotImplementedError

    scope: Scope = {"type": "websocket"}

    await Guard(app, settings())(scope, receive, send)

    assert seen == [(scope, receive, send)]


@pytest.mark.parametrize("proxies", [[], ["10.0.0.0/8"]], ids=["without a proxy", "behind one"])
async def test_error_at_the_door_leaves_the_request_to_the_application(
    client_of: Client, monkeypatch: pytest.MonkeyPatch, proxies: list[str]
) -> None:
    """Nothing is repaired and nothing is lost; the finding says so."""

    def broken(*_args: object) -> None:
        raise RuntimeError("a fault of the guard's own")

    monkeypatch.setattr(Places, "find", broken)
    site = {"secrets": [SECRET], "trusted_proxies": proxies}
    client = client_of(Guard(application(), settings(site=site, route=[{"match": "POST /orders"}])))

    with collecting() as found:
        answer = await client.post("/orders")

    assert (answer.status_code, answer.headers["location"]) == (302, "/orders/7")
    assert [(finding.rule, finding.evidence["while"]) for finding in found] == [("GRD001", "let a request in")]


async def test_error_while_choosing_what_an_exchange_needs_costs_no_order(
    client_of: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault in looking at the origin: the order is taken, its answer repaired, and the fault is a finding."""

    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("a fault of the guard's own")

    monkeypatch.setattr(flows, "check_origin", broken)
    client = client_of(Guard(application(), settings(route=[{"match": "POST /orders"}])))

    with collecting() as found:
        answer = await client.post("/orders")

    assert (answer.status_code, answer.headers["location"]) == (303, "/orders/7")
    assert [finding.rule for finding in found] == ["GRD001", "RED001"]


async def test_error_while_a_flow_is_driven_costs_no_order(client_of: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault after the content was read: the application gets the content, and the answer is its own."""

    def broken(*_args: object) -> None:
        raise RuntimeError("a fault of the guard's own")

    async def echo(request: Request) -> Response:
        return PlainTextResponse(await request.body())

    monkeypatch.setattr(flows, "read_form_token", broken)
    app = Starlette(routes=[Route("/orders", echo, methods=["POST"])])
    client = client_of(Guard(app, settings(route=[{"match": "POST /orders", "form_token": True}])))

    with collecting() as found:
        answer = await client.post("/orders", data={"sku": "tea"}, headers={"cookie": "sessionid=1"})

    assert (answer.status_code, answer.text) == (200, "sku=tea")
    assert [finding.rule for finding in found] == ["GRD001"]
